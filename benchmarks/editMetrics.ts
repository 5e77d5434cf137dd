/**
 * @file Deterministic scores for text editing: GLEU, SARI, word-edit precision, recall and F0.5, copies and over-edits.
 * No model and no judge. Used by evaluateEditor.ts and whatever else compares edits with references.
 */

export interface EditedLine {
  readonly source: string;
  readonly output: string;
  readonly reference: string;
}

/** All of 0–100, but for the counts and the ratio. */
export interface EditScores {
  readonly lines: number;
  /** Sentence GLEU (Napoles et al. 2015, corrected 2016), n = 1..4, zero counts smoothed to 1; the mean. */
  readonly gleu: number;
  /** SARI (Xu et al. 2016) as in the authors' script: an operation with nothing to do counts 0. */
  readonly sari: number;
  readonly precision: number;
  readonly recall: number;
  readonly f05: number;
  readonly exact: number;
  /** Outputs equal to the source. */
  readonly copied: number;
  /** Of the sources that are good as they are, those that the output changed; null where there are none. */
  readonly overEdited: number | null;
  /** Output words for each source word. */
  readonly lengthRatio: number;
}

/** Words and punctuation marks; contractions, numbers and hyphenated words stay whole. Curly quotes count as straight ones. */
export function words(text: string): string[] {
  const plain = text
    .normalize('NFC')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"');
  return plain.match(/[\p{L}\p{N}]+(?:[.,:'\-/&][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
}

type Counts = ReadonlyMap<string, number>;

function ngrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = tokens.slice(i, i + n).join('\u0001');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** Σ min(a, b) over the n-grams of both. */
function overlap(a: Counts, b: Counts): number {
  let sum = 0;
  for (const [gram, count] of a) sum += Math.min(count, b.get(gram) ?? 0);
  return sum;
}

/**
 * exp( min(0, 1 − r/o) + ¼ Σₙ log pₙ ) with pₙ = (matches with the reference − n-grams kept that the reference dropped) / n-grams,
 * every count at least 1.
 */
export function gleu(
  source: readonly string[],
  output: readonly string[],
  reference: readonly string[],
): number {
  const atLeast1 = (x: number): number => Math.max(1, x);
  let logs = 0;
  for (let n = 1; n <= 4; n++) {
    const [o, r] = [ngrams(output, n), ngrams(reference, n)];
    const dropped = new Map([...ngrams(source, n)].filter(([gram]) => !r.has(gram)));
    const matches = overlap(o, r) - overlap(o, dropped);
    logs += Math.log(atLeast1(matches) / atLeast1(output.length + 1 - n));
  }
  return Math.exp(Math.min(0, 1 - atLeast1(reference.length) / atLeast1(output.length)) + logs / 4);
}

/** Mean over n = 1..4 of keep F1, delete precision and add F1; lower-cased; one reference. */
export function sari(
  source: readonly string[],
  output: readonly string[],
  reference: readonly string[],
): number {
  const lower = (tokens: readonly string[]): string[] => tokens.map((token) => token.toLowerCase());
  let sum = 0;
  for (let n = 1; n <= 4; n++) {
    const s = ngrams(lower(source), n);
    const o = ngrams(lower(output), n);
    const r = ngrams(lower(reference), n);
    const kept = pointwise(s, o, Math.min);
    const shouldKeep = pointwise(s, r, Math.min);
    const keptWell = pointwise(kept, r, Math.min);
    const shares = (parts: Counts, whole: Counts): number =>
      whole.size === 0
        ? 0
        : [...parts].reduce((total, [gram, x]) => total + x / (whole.get(gram) ?? x), 0) / whole.size;
    const deleted = pointwise(s, o, (a, b) => a - b);
    const deletedWell = pointwise(deleted, r, (a, b) => a - b);
    const added = [...o.keys()].filter((gram) => !s.has(gram));
    const shouldAdd = [...r.keys()].filter((gram) => !s.has(gram)).length;
    const addedWell = added.filter((gram) => r.has(gram)).length;
    const addPrecision = added.length === 0 ? 0 : addedWell / added.length;
    const addRecall = shouldAdd === 0 ? 0 : addedWell / shouldAdd;
    sum += harmonic(shares(keptWell, kept), shares(keptWell, shouldKeep));
    sum += shares(deletedWell, deleted) + harmonic(addPrecision, addRecall);
  }
  return sum / 12;
}

function pointwise(a: Counts, b: Counts, combine: (a: number, b: number) => number): Map<string, number> {
  const out = new Map<string, number>();
  for (const [gram, count] of a) {
    const value = combine(count, b.get(gram) ?? 0);
    if (value > 0) out.set(gram, value);
  }
  return out;
}

function harmonic(precision: number, recall: number): number {
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** The edits that make `to` of `from`: runs of replaced words as "start:end:new words"; a shortest word-level alignment. */
export function wordEdits(from: readonly string[], to: readonly string[]): Set<string> {
  const [n, m] = [from.length, to.length];
  const width = m + 1;
  const distance = new Int32Array((n + 1) * width); // from the ends backwards
  const at = (i: number, j: number): number => distance[i * width + j]!; // 0 ≤ i ≤ n, 0 ≤ j ≤ m
  for (let i = n; i >= 0; i--) {
    for (let j = m; j >= 0; j--) {
      if (i === n || j === m) distance[i * width + j] = n - i + m - j;
      else if (from[i] === to[j]) distance[i * width + j] = at(i + 1, j + 1);
      else distance[i * width + j] = 1 + Math.min(at(i + 1, j + 1), at(i + 1, j), at(i, j + 1));
    }
  }
  const edits = new Set<string>();
  let [i, j] = [0, 0];
  let open: { i: number; j: number } | null = null;
  const close = (): void => {
    if (open !== null) edits.add(`${open.i}:${i}:${to.slice(open.j, j).join(' ')}`);
    open = null;
  };
  while (i < n || j < m) {
    if (i < n && j < m && from[i] === to[j] && at(i, j) === at(i + 1, j + 1)) {
      close();
      i++;
      j++;
      continue;
    }
    open ??= { i, j };
    if (i < n && j < m && at(i, j) === 1 + at(i + 1, j + 1)) {
      i++;
      j++;
    } else if (i < n && at(i, j) === 1 + at(i + 1, j)) i++;
    else j++;
  }
  close();
  return edits;
}

/** Scores of outputs against one reference each; precision, recall and F0.5 from edits summed over all lines. */
export function scoreEdits(lines: readonly EditedLine[]): EditScores {
  let [gleuSum, sariSum, exact, copied, good, changed] = [0, 0, 0, 0, 0, 0];
  let [right, wrong, missed, outputWords, sourceWords] = [0, 0, 0, 0, 0];
  for (const line of lines) {
    const [s, o, r] = [words(line.source), words(line.output), words(line.reference)];
    const [source, output, reference] = [line.source.trim(), line.output.trim(), line.reference.trim()];
    gleuSum += gleu(s, o, r);
    sariSum += sari(s, o, r);
    if (output === reference) exact++;
    if (output === source) copied++;
    if (reference === source) {
      good++;
      if (output !== source) changed++;
    }
    const [made, wanted] = [wordEdits(s, o), wordEdits(s, r)];
    const hits = [...made].filter((edit) => wanted.has(edit)).length;
    right += hits;
    wrong += made.size - hits;
    missed += wanted.size - hits;
    outputWords += o.length;
    sourceWords += s.length;
  }
  const precision = right + wrong > 0 ? right / (right + wrong) : 1;
  const recall = right + missed > 0 ? right / (right + missed) : 1;
  const f05 = precision + recall > 0 ? (1.25 * precision * recall) / (0.25 * precision + recall) : 0;
  const percent = (x: number): number => Math.round(x * 10000) / 100;
  const mean = (x: number): number => percent(x / Math.max(1, lines.length));
  return {
    lines: lines.length,
    gleu: mean(gleuSum),
    sari: mean(sariSum),
    precision: percent(precision),
    recall: percent(recall),
    f05: percent(f05),
    exact: mean(exact),
    copied: mean(copied),
    overEdited: good > 0 ? percent(changed / good) : null,
    lengthRatio: Math.round((outputWords / Math.max(1, sourceWords)) * 1000) / 1000,
  };
}
