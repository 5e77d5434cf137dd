/** @file How good ghost text is, by the confidence below which nothing is shown: continuations of held-out sentences against their authors. */
import { InlineWriter } from '../../server/src/generation/inlineWriter.ts';
import type { Continued, ContinueOptions, TextModel } from '../../server/src/generation/textModel.ts';

export interface QualityRow {
  readonly confidence: number;
  /** Share of the places where something is shown. */
  readonly shown: number;
  /** Of what is shown: the first word, or the first three, are the author's own. */
  readonly firstWord: number;
  readonly firstThree: number;
  readonly wordsShown: number;
  /** Characters of the author's text that were offered, per suggestion shown. */
  readonly charactersSaved: number;
}

interface Recorded {
  readonly author: string;
  readonly before: string;
  readonly texts: readonly string[];
  readonly probabilities: readonly number[];
}

/** The model's continuation at one place of each sentence, token by token. */
export async function record(
  model: Pick<TextModel, 'continueText'>,
  sentences: readonly string[],
  random: () => number,
): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  for (const sentence of sentences) {
    const parts = sentence.split(' ');
    const cut = 4 + Math.floor(random() * (parts.length - 7));
    const before = parts.slice(0, cut).join(' ');
    const texts: string[] = [];
    const { probabilities } = await model.continueText({
      text: before,
      maxTokens: 32,
      enough: (text) => {
        texts.push(text);
        return text.includes('\n');
      },
      signal: new AbortController().signal,
    });
    recorded.push({ author: parts.slice(cut).join(' '), before, texts, probabilities });
  }
  return recorded;
}

/** What would have been shown with each threshold. */
export async function curve(
  recorded: readonly Recorded[],
  thresholds: readonly number[],
): Promise<QualityRow[]> {
  const rows: QualityRow[] = [];
  for (const confidence of thresholds) {
    let shown = 0;
    let first = 0;
    let three = 0;
    let wordsShown = 0;
    let characters = 0;
    for (const item of recorded) {
      const writer = new InlineWriter(replay(item), { confidence, maxWords: 20 });
      const [suggestion] = await writer.suggest(item.before, new AbortController().signal);
      if (!suggestion) continue;
      const theirs = words(item.author);
      const ours = words(suggestion.text);
      const different = ours.findIndex((word, index) => word !== theirs[index]);
      const right = different < 0 ? ours.length : different;
      shown += 1;
      if (right >= 1) first += 1;
      if (right >= 3) three += 1;
      wordsShown += ours.length;
      characters += ours.slice(0, right).join(' ').length;
    }
    const of = Math.max(1, shown);
    rows.push({
      confidence,
      shown: shown / recorded.length,
      firstWord: first / of,
      firstThree: three / of,
      wordsShown: wordsShown / of,
      charactersSaved: characters / of,
    });
  }
  return rows;
}

/** Says again what was recorded, and stops where the writer has had enough. */
function replay({ texts, probabilities }: Recorded): Pick<TextModel, 'continueText'> {
  return {
    continueText: ({ enough }: ContinueOptions): Promise<Continued> => {
      let count = 0;
      for (const text of texts) {
        count += 1;
        if (enough(text, probabilities.slice(0, count))) break;
      }
      return Promise.resolve({
        text: texts[count - 1] ?? '',
        probabilities: probabilities.slice(0, count),
        drawn: [],
        promptTokens: 0,
        promptMs: 0,
        totalMs: 0,
      });
    },
  };
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}'’]+/gu) ?? [];
}
