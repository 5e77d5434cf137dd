/** @file Memory of edits decided before: the same edit in the same document tends to get the same verdict. */

/** What each of the last two verdicts on the same edit adds to the logit (PREFERENCES.md §1). */
const step = 1.8;
const kept = 2;

interface Decided {
  readonly document: string;
  readonly winner: string;
  readonly loser: string;
}

/** One key for both orders of a pair, and whether a and b stand in its order. */
function keyOf(document: string, a: string, b: string): { key: string; sign: 1 | -1 } {
  const ordered = a < b;
  return { key: JSON.stringify(ordered ? [document, a, b] : [document, b, a]), sign: ordered ? 1 : -1 };
}

export class EditMemory {
  private readonly verdicts: Map<string, readonly number[]>;

  constructor(entries: readonly (readonly [string, readonly number[]])[]) {
    this.verdicts = new Map(entries);
  }

  /** From decisions, oldest first. */
  static of(decided: readonly Decided[]): EditMemory {
    const memory = new EditMemory([]);
    for (const { document, winner, loser } of decided) {
      if (winner === loser) continue;
      const { key, sign } = keyOf(document, winner, loser);
      memory.verdicts.set(key, [...(memory.verdicts.get(key) ?? []), sign].slice(-kept));
    }
    return memory;
  }

  /** What earlier verdicts on a against b add to the logit of a ≻ b. */
  logit(document: string, a: string, b: string): number {
    const { key, sign } = keyOf(document, a, b);
    return step * sign * (this.verdicts.get(key) ?? []).reduce((sum, verdict) => sum + verdict, 0);
  }

  entries(): (readonly [string, readonly number[]])[] {
    return [...this.verdicts];
  }
}
