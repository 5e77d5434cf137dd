/**
 * @file Drafts and refinements as the product writes them: cleaned, and each change weighed. The wishes are those of the test pairs' tasks; the
 * leader's second try and the styles that the product has for some of its own wishes are left out.
 */
import { availableParallelism } from 'node:os';
import { writeDraft } from '../../server/src/generation/draftWriter.ts';
import { ModelHost } from '../../server/src/generation/modelHost.ts';
import type { ChatTurn, TextModel } from '../../server/src/generation/textModel.ts';
import { silentLog } from '../../server/src/util/log.ts';
import { followerRequest } from './data.ts';

const correcting = /^(Fix the grammar|Improve it): /;

export interface Asked {
  readonly instruction: string;
  readonly source: string;
}

export interface Written {
  /** What the product shows; the text before where it shows nothing. */
  readonly text: string;
  /** What the model answered at its first try, as it is. */
  readonly answer: string;
}

export interface ProductWriter {
  draft(asked: Asked): Promise<Written>;
  /** The refinement of a draft, in the same conversation. */
  refine(asked: Asked, draft: string): Promise<Written>;
  dispose(): Promise<void>;
}

export async function openProduct(modelPath: string, adapterPath: string): Promise<ProductWriter> {
  const host = await ModelHost.start({
    gpu: 'off',
    threads: Math.min(2, availableParallelism()),
    log: silentLog,
  });
  const model = await host.load(
    { path: modelPath, title: 'editor' },
    { path: adapterPath, format: 'edit-1' },
  );
  const write = async (
    role: 'leader' | 'follower',
    turns: readonly ChatTurn[],
    before: string,
    source: string,
  ): Promise<Written> => {
    const answers: string[] = [];
    const outcome = await writeDraft(recording(model, answers), {
      turns,
      source,
      copyFrom: before,
      role,
      style: undefined,
      corrects: correcting.test(turns[0]?.text ?? ''),
      instruction: '',
      seed: 1,
      signal: new AbortController().signal,
      ...(role === 'follower' && { previous: before }),
    });
    return { text: outcome.kind === 'draft' ? outcome.text : before, answer: answers[0]?.trim() ?? before };
  };
  return {
    draft: (asked) => write('leader', [turn(asked)], asked.source, asked.source),
    refine: (asked, draft) =>
      write(
        'follower',
        [turn(asked), { role: 'assistant', text: draft }, { role: 'user', text: followerRequest }],
        draft,
        asked.source,
      ),
    dispose: async () => {
      await model.dispose();
      await host.dispose();
    },
  };
}

const turn = ({ instruction, source }: Asked): ChatTurn => ({
  role: 'user',
  text: `${instruction}: ${source}`,
});

/** The same model, which also notes its answers. */
function recording(model: TextModel, answers: string[]): TextModel {
  return {
    title: model.title,
    sizeClass: model.sizeClass,
    adapterFormat: model.adapterFormat,
    generate: async (options) => {
      const generated = await model.generate(options);
      answers.push(generated.text);
      return generated;
    },
    weigh: (options) => model.weigh(options),
    continueText: (options) => model.continueText(options),
    score: (texts, signal) => model.score(texts, signal),
    countTokens: (text) => model.countTokens(text),
    dispose: () => model.dispose(),
  };
}
