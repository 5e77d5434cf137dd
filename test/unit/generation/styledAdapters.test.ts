import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StyledAdapters } from '../../../server/src/styledAdapters.ts';
import { readAdapter, writeAdapter, type LoraPair } from '../../../server/src/tensor/ggufAdapter.ts';
import { writeStyles } from '../../../server/src/training/styles.ts';
import { silentLog, type Log } from '../../../server/src/util/log.ts';

const pair: LoraPair = {
  name: 'blk.0.attn_q.weight',
  nIn: 3,
  nOut: 2,
  a: Float32Array.of(1, 2, 3, 4, 5, 6),
  bt: Float32Array.of(1, 2, 3, 4),
};
const provenance = { baseModelSha256: 'ab'.repeat(32), parent: null, step: 7, config: {} };

let folder = '';
let warnings: string[] = [];
const log: Log = { ...silentLog, warn: (line) => warnings.push(line) };
const at = (name: string): string => join(folder, name);
const numbered = (id: number, name = 'adapter', followerStyles: Record<string, number> = {}) => ({
  id,
  path: at(`${name}.gguf`),
  followerStyles,
});
const styled = (): StyledAdapters => new StyledAdapters(at('adapters'), log);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-styled-'));
  warnings = [];
  writeAdapter(at('adapter.gguf'), { architecture: 'llama', rank: 2, alpha: 4, pairs: [pair], provenance });
  const styles = [{ name: 'brief', deltas: [Float32Array.of(0.5, 0, 0, -1)] }];
  writeStyles(at('styles.gguf'), { baseModelSha256: provenance.baseModelSha256, styles }, [pair], {});
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('an adapter with more of a style', () => {
  it('is mixed once, and is the adapter in everything but B', () => {
    const path = styled().path(numbered(3, 'adapter'), at('styles.gguf'), { role: 'leader', wish: 'brief' })!;
    expect(readAdapter(path)).toEqual({
      architecture: 'llama',
      rank: 2,
      alpha: 4,
      pairs: [{ ...pair, bt: Float32Array.of(1.75, 2, 3, 2.5) }],
      provenance,
    });
    utimesSync(path, 1, 1);
    expect(styled().path(numbered(3), at('styles.gguf'), { role: 'leader', wish: 'brief' })).toBe(path);
    expect(statSync(path).mtimeMs).toBe(1000);
  });

  it('is mixed anew where its file is damaged, and the log says so', () => {
    const path = styled().path(numbered(3), at('styles.gguf'), { role: 'leader', wish: 'brief' })!;
    const whole = readFileSync(path);
    for (const damage of ['no GGUF', whole.subarray(0, whole.length - 32)]) {
      writeFileSync(path, damage);
      expect(styled().path(numbered(3), at('styles.gguf'), { role: 'leader', wish: 'brief' })).toBe(path);
      expect(readFileSync(path)).toEqual(whole);
    }
    expect(warnings.map((line) => line.includes('mixed anew'))).toEqual([true, true]);
  });

  it('never has more of the style than is readable in all', () => {
    const config = { stylesInAll: { brief: 1.5 } };
    const learned = { ...provenance, parent: '0', config };
    writeAdapter(at('learned.gguf'), {
      architecture: 'llama',
      rank: 2,
      alpha: 4,
      pairs: [pair],
      provenance: learned,
    });
    const path = styled().path(numbered(3, 'learned'), at('styles.gguf'), { role: 'leader', wish: 'brief' })!;
    expect(readAdapter(path).pairs[0]!.bt).toEqual(Float32Array.of(1.25, 2, 3, 3.5));
  });

  it("is the follower's where it has shares of its own, also with a wish, and the adapter itself for the leader", () => {
    const own = numbered(3, 'adapter', { brief: -0.5 });
    const path = (role: 'leader' | 'follower', wish?: string): string | null =>
      styled().path(own, at('styles.gguf'), { role, wish });
    expect(path('leader')).toBeNull();
    expect(readAdapter(path('follower')!).pairs[0]!.bt).toEqual(Float32Array.of(0.75, 2, 3, 4.5));
    expect(readAdapter(path('follower', 'brief')!).pairs[0]!.bt).toEqual(Float32Array.of(1.5, 2, 3, 3));
    expect(readAdapter(path('leader', 'brief')!).pairs[0]!.bt).toEqual(Float32Array.of(1.75, 2, 3, 2.5));
    expect(styled().path(numbered(3), at('styles.gguf'), { role: 'follower', wish: undefined })).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('lies with its adapter, and that of another adapter goes', () => {
    const before = styled().path(numbered(3, 'adapter'), at('styles.gguf'), {
      role: 'leader',
      wish: 'brief',
    });
    writeFileSync(at(join('adapters', '3', 'adapter.json')), '{}');
    utimesSync(at('adapter.gguf'), 1, 1);
    const after = styled().path(numbered(4, 'adapter'), at('styles.gguf'), {
      role: 'leader',
      wish: 'brief',
    })!;
    expect(after).not.toBe(before);
    expect(readdirSync(at(join('adapters', '3')))).toEqual(['adapter.json']);
    expect(readdirSync(at(join('adapters', '4'))).map((name) => at(join('adapters', '4', name)))).toEqual([
      after,
    ]);
  });

  it('is not there where the style is unknown, a file is damaged or no folder was named; the log says why', () => {
    expect(
      styled().path(numbered(3, 'adapter'), at('styles.gguf'), { role: 'leader', wish: 'florid' }),
    ).toBeNull();
    expect(warnings.at(-1)).toContain('The variant "florid" of adapter 3 can\'t be mixed');
    writeFileSync(at('styles.gguf'), 'no GGUF');
    expect(
      styled().path(numbered(3, 'adapter'), at('styles.gguf'), { role: 'leader', wish: 'brief' }),
    ).toBeNull();
    expect(
      styled().path(numbered(3, 'gone'), at('styles.gguf'), { role: 'leader', wish: 'brief' }),
    ).toBeNull();
    expect(warnings).toHaveLength(3);
    expect(
      new StyledAdapters(null, log).path(numbered(3, 'adapter'), at('styles.gguf'), {
        role: 'leader',
        wish: 'brief',
      }),
    ).toBeNull();
  });
});
