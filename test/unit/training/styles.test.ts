import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GgufError } from '../../../server/src/tensor/gguf.ts';
import { writeAdapter, type LoraPair } from '../../../server/src/tensor/ggufAdapter.ts';
import { nextStyle, solveStyleGame, type Shares } from '../../../server/src/training/styleGame.ts';
import {
  placeStyles,
  readStyles,
  sharesInAll,
  writeStyles,
  type StyleSet,
} from '../../../server/src/training/styles.ts';

const pair = (name: string, nIn: number, nOut: number): LoraPair => ({
  name,
  nIn,
  nOut,
  a: Float32Array.from({ length: nIn * 2 }, (_, i) => i),
  bt: Float32Array.from({ length: nOut * 2 }, (_, i) => -1 - i),
});
const pairs = [pair('blk.0.attn_q.weight', 3, 2), pair('blk.0.ffn_down.weight', 1, 1)];
const brief = { name: 'brief', deltas: [Float32Array.of(1, 0, 0, 0), Float32Array.of(0, 2)] };
const formal = { name: 'formal', deltas: [Float32Array.of(0, 0, 0, 4), Float32Array.of(0.5, 0)] };
const set: StyleSet = { baseModelSha256: 'ab'.repeat(32), styles: [brief, formal] };

describe('styles on disk', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'second-draft-styles-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const provenance = { baseModelSha256: set.baseModelSha256, parent: null, step: 0, config: {} };

  it('are read as they were written', () => {
    const path = join(folder, 'styles.gguf');
    writeStyles(path, set, pairs, {});
    expect(readStyles(path, { pairs, provenance })).toEqual(set);
    expect(readStyles(path, { pairs, provenance }, ['formal']).styles).toEqual([formal]);
  });

  it('are refused for another model and for an adapter of another shape, and so is a file that holds none', () => {
    const path = join(folder, 'styles.gguf');
    writeStyles(path, set, pairs, {});
    const wider = [pair('blk.0.attn_q.weight', 3, 4), pairs[1]!];
    expect(() => readStyles(path, { pairs: wider, provenance })).toThrow(/does not fit/);
    const other = { ...provenance, baseModelSha256: 'cd'.repeat(32) };
    expect(() => readStyles(path, { pairs, provenance: other })).toThrow(/another model/);
    expect(() => writeStyles(path, set, [...pairs, pair('blk.1.attn_q.weight', 3, 2)], {})).toThrow(
      GgufError,
    );
    const adapter = join(folder, 'adapter.gguf');
    writeAdapter(adapter, { architecture: 'llama', rank: 2, alpha: 4, pairs, provenance });
    expect(() => readStyles(adapter, { pairs, provenance })).toThrow(/holds no styles/);
    writeFileSync(path, 'no GGUF');
    expect(() => readStyles(path, { pairs, provenance })).toThrow(GgufError);
  });
});

describe('a mixture of styles', () => {
  const reference = pairs.flatMap(({ a, bt }) => [a, bt]);

  it('is the B that training began with and so much of each style, whatever was there before; A stays', () => {
    let uploads = 0;
    const parameters = reference.map((values) => values.map(() => 9));
    const transformer = {
      parameters,
      uploadParameters: () => {
        uploads++;
      },
    };
    placeStyles(transformer, { reference, styles: set.styles }, [2, -1]);
    expect(parameters).toEqual([
      reference[0],
      Float32Array.of(-1 + 2, -2, -3, -4 - 4),
      reference[2],
      Float32Array.of(-1 - 0.5, -2 + 4),
    ]);
    placeStyles(transformer, { reference, styles: set.styles }, [0, 0]);
    expect(parameters).toEqual(reference);
    expect(uploads).toBe(2);
  });
});

describe('the game over styles', () => {
  /** A writer with a utility for shares. */
  const preferenceBy = (styles: readonly Shares[], utility: (shares: Shares) => number): number[][] =>
    styles.map((a) => styles.map((b) => 1 / (1 + Math.exp(utility(b) - utility(a)))));
  const taus = { tauLeader: 0.05, tauFollower: 0.05 };
  const search = (
    utility: (shares: Shares) => number,
    most: number,
    already: Shares = [0, 0, 0],
  ): { tried: Shares[]; best: Shares } => {
    const tried: Shares[] = [[0, 0, 0]];
    let best: Shares = tried[0]!;
    while (tried.length < most) {
      const next = nextStyle(tried, best, already);
      if (!next) break;
      tried.push(next);
      best = tried[solveStyleGame(tried, preferenceBy(tried, utility), taus).best]!;
    }
    return { tried, best };
  };

  it('finds what a writer wants within a run, and leaves alone what makes no difference', () => {
    const brief = search(([b, f]) => 3 * b! - b! ** 2 - 0.5 * Math.abs(f! + 0.5), 20);
    expect(brief.best).toEqual([1.5, -0.5, 0]);
    const indifferent = search(() => 0, 40);
    expect(indifferent.best).toEqual([0, 0, 0]);
    expect(indifferent.tried).toHaveLength(1 + 2 * 2 * 3); // both steps, both ways, three styles
  });

  it('never asks for more of a style than is known to be writable, nor twice for the same', () => {
    const { tried } = search(([b, f, k]) => b! + f! - k!, 200);
    expect(new Set(tried.map(String)).size).toBe(tried.length);
    expect(Math.max(...tried.flat().map(Math.abs))).toBe(2);
    // … nor together with what earlier runs put in
    const later = search(([b]) => b!, 200, [1.5, 0, 0]);
    expect(Math.max(...later.tried.map(([b]) => b!))).toBe(0.5);
  });

  it('reads what an adapter has in all from what its runs wrote, and nothing from what is no number', () => {
    const config = { stylesInAll: { brief: 1.5, formal: 'much' } };
    expect(sharesInAll({ baseModelSha256: '', parent: '3', step: 1, config })).toEqual({ brief: 1.5 });
    expect(sharesInAll({ baseModelSha256: '', parent: null, step: 1, config: {} })).toEqual({});
  });

  it('commits to the style that no other beats by far, where preferences go round', () => {
    const styles = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const preference = [
      [0.5, 0.45, 0.45, 0.45],
      [0.55, 0.5, 0.9, 0.1],
      [0.55, 0.1, 0.5, 0.9],
      [0.55, 0.9, 0.1, 0.5],
    ];
    const { best, value } = solveStyleGame(styles, preference, taus);
    expect(best).toBe(0); // each of the others wins against it, and loses by far against a third
    expect(value[1]).toBeLessThan(value[0]!);
  });
});
