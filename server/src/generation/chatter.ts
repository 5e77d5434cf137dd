/** @file Whether a model answers the writer, or writes of something else, instead of rewriting. */
import { lettersOf, stems } from './wordStems.ts';

const chatter =
  /^(?:i(?:'m| am) sorry|i can(?:no|')t|as an ai|i(?:'d| would) be happy|i hope this|let me know|please provide|your sentence|the sentence (?:is|you)|this sentence)\b|^(?:note|explanation):|<\|im_(?:start|end)\|>/i;

/** What a model says of requests and texts wherever it chats. */
const smallTalk =
  /\b(?:(?:help|assist)(?: you)? with|happy to (?:help|assist)|request|language model|your (?:text|sentence)|(?:text|sentence) (?:you|to|is)|answer th(?:at|is))\b/i;

/** The model talks about the text, or to the writer, instead of rewriting it. A source that begins alike, or says the same, may have meant just this. */
export function isChatter(text: string, source: string): boolean {
  const match = chatter.exec(text)?.[0];
  if (match === undefined || chatter.test(source) || beginsAlike(text, source)) return false;
  return !saysTheSame(match, text, source);
}

/** Half of the longer words stand in the source, two at least or what the talk begins with; and there is no small talk. */
function saysTheSame(match: string, text: string, source: string): boolean {
  const talk = smallTalk.exec(text)?.[0].toLowerCase() ?? '';
  if (match.startsWith('<') || !source.toLowerCase().includes(talk)) return false;
  const own = [...stems(text)];
  const first = stems(source);
  const shared = own.filter((stem) => first.has(stem)).length;
  if (talk !== '' && shared <= own.length / 2) return false;
  const enough = ` ${lettersOf(source)} `.includes(` ${lettersOf(match)} `) ? 1 : 2;
  return shared >= Math.max(enough, own.length / 2);
}

/** Their first two words are the same letters, or those of the one begin the other's ("cannot", "can not"), or the second is misspelt ("Let we know"). */
function beginsAlike(text: string, source: string): boolean {
  const [a, b] = [text, source].map((value) => value.trim().toLowerCase().split(/\s+/).slice(0, 2)) as [
    string[],
    string[],
  ];
  const [first = '', second = ''] = a;
  const other = b[1] ?? '';
  const misspelt = Math.abs(second.length - other.length) < 2 && second.at(-1) === other.at(-1);
  if (first.length > 2 && first === b[0] && misspelt) return true;
  const [x, y] = [a, b].map((words) =>
    words
      .join('')
      .replace(/[^\p{L}:]/gu, '')
      .slice(0, 8),
  ) as [string, string];
  return x !== '' && y !== '' && (x.startsWith(y) || y.startsWith(x));
}

/** At least a quarter of the beginnings of the source's longer words are still there. Short sources pass. */
export function related(text: string, source: string): boolean {
  const wanted = stems(source);
  if (wanted.size < 4) return true;
  const found = stems(text);
  const kept = [...wanted].filter((stem) => found.has(stem)).length;
  return kept >= wanted.size / 4;
}
