import { describe, expect, it } from 'vitest';
import type { CandidateSet, ContextPool } from '../../../server/src/training/candidates.ts';
import { teachable } from '../../../server/src/training/teachable.ts';

const set = (role: CandidateSet['role'], lengths: readonly number[]): CandidateSet => ({
  role,
  prompt: [1],
  answers: lengths.map((length, k) => Array.from({ length }, (_, t) => 10 * k + t)),
  texts: lengths.map(String),
  drawn: new Float64Array(lengths.length),
  draft: role === 'leader' ? null : 'draft',
});
const context = { document: 'd', original: 'x', task: 'improve', instruction: '' };
const poolOf = (leader: readonly number[], follower: readonly number[]): ContextPool => ({
  context,
  leader: set('leader', leader),
  followers: [set('follower', follower)],
});

/**
 * Where gradient ascent ends that makes each answer likelier by the weight of its tokens: a softmax over whole answers, whose log-prob is
 * the sum of its tokens'.
 */
function fixedPoint(tokens: readonly Float32Array[]): number[] {
  const pull = tokens.map((weights) => weights.reduce((sum, w) => sum + w, 0) / weights.length);
  const total = pull.reduce((sum, w) => sum + w, 0);
  return pull.map((w) => w / total);
}

describe('what a step goes backward through', () => {
  it('makes answers as likely as their weights say, whatever their lengths', () => {
    const lengths = [2, 20, 8];
    const weights = [0.5, 0.3, 0.2];
    const [taught] = teachable(poolOf(lengths, []), [weights, []], 4);
    expect(taught!.tokens.map(({ length }) => length)).toEqual(lengths);
    fixedPoint(taught!.tokens).forEach((p, k) => expect(p).toBeCloseTo(weights[k]!, 6));
    expect(taught!.tokens[0]![0]).toBeCloseTo(0.5 / (10 * 4), 6); // the mean length, the contexts
    const perToken = lengths.map((length, k) => new Float32Array(length).fill(weights[k]!));
    const [same] = teachable(poolOf(lengths, []), [perToken, []], 4);
    fixedPoint(same!.tokens).forEach((p, k) => expect(p).toBeCloseTo(weights[k]!, 6));
  });

  it('leaves out the smallest weights, 2 % of each role, however loud the other is', () => {
    const leader = [0.6, 0.385, 0.01, 0.005];
    const follower = [60, 38.5, 1, 0.5];
    const taught = teachable(poolOf([3, 3, 3, 3], [3, 3, 3, 3]), [leader, follower], 1);
    expect(taught.map(({ group }) => group.answers)).toEqual([
      [[0, 1, 2], [10, 11, 12]],
      [[0, 1, 2], [10, 11, 12]],
    ]); // prettier-ignore
    const quiet = teachable(
      poolOf([3, 3, 3], [3, 3]),
      [
        [0.4, 0.3, 0.3],
        [50, 50],
      ],
      1,
    );
    expect(quiet.map(({ group }) => group.answers.length)).toEqual([3, 2]);
  });
});
