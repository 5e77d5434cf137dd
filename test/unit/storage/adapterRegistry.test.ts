import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type * as fs from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdapterRegistry, type NewAdapter } from '../../../server/src/storage/adapterRegistry.ts';

vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  return { ...fs, renameSync: vi.fn(fs.renameSync) };
});

const base = { title: 'Tiny', sha256: 'a'.repeat(64) };
const other = { title: 'Large', sha256: 'b'.repeat(64) };
const described: NewAdapter = {
  createdAt: 1,
  parent: 0,
  baseModel: base,
  promptFormat: 'edit-1',
  decisions: 20,
  decisionsFrom: 1,
  decisionsTo: 2,
  winRate: { value: 0.6, low: 0.52, high: 0.7 },
  lengthRatio: 0.9,
  verdict: { kind: 'promoted', sentence: 'Learned.' },
  styles: { brief: 1.5 },
  followerStyles: { formal: 1 },
  runId: 'run',
};

let folder: string;
let registry: AdapterRegistry;
const own = (): string => join(folder, 'own');

function source(content: string): string {
  const path = join(folder, 'source.gguf');
  writeFileSync(path, content);
  return path;
}

function open(): AdapterRegistry {
  return new AdapterRegistry({ own: own(), bundled: join(folder, 'bundled') });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'adapters-'));
  const bundled = join(folder, 'bundled');
  mkdirSync(bundled);
  writeFileSync(join(bundled, 'adapter.gguf'), 'shipped');
  const file = { sha256: createHash('sha256').update('shipped').digest('hex'), sizeBytes: 7 };
  writeFileSync(
    join(bundled, 'adapter.json'),
    JSON.stringify({ id: 0, baseModel: { name: base.title, sha256: base.sha256 }, file }),
  );
  registry = open();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the adapter registry', () => {
  it('begins with the shipped adapter, for its model only', () => {
    expect(registry.active(base)).toMatchObject({ id: 0, format: 'edit-1' });
    expect(registry.active(other)).toBeNull();
    expect(registry.list(other)[0]).toMatchObject({ id: 0, active: false, refused: 'it was made for Tiny' });
  });

  it('numbers adapters, keeps what is known of them, and another window sees them', () => {
    expect(registry.add(described, source('one'))).toBe(1);
    expect(open().add({ ...described, parent: 1 }, source('two'))).toBe(2);
    expect(registry.list(base).map(({ id, parent, decisions }) => [id, parent, decisions])).toEqual([
      [0, null, 0],
      [1, 0, 20],
      [2, 1, 20],
    ]);
    expect(registry.list(base).map(({ styles }) => styles)).toEqual([{}, { brief: 1.5 }, { brief: 1.5 }]);
    expect(registry.list(base).map(({ lengthRatio }) => lengthRatio)).toEqual([null, 0.9, 0.9]);
    expect(registry.list(base).map(({ followerStyles }) => followerStyles)).toEqual([
      {},
      { formal: 1 },
      { formal: 1 },
    ]);
    expect(registry.usable(2, base).followerStyles).toEqual({ formal: 1 });
    expect(readFileSync(join(own(), '2', 'adapter.gguf'), 'utf8')).toBe('two');
  });

  it('offers the ready styles that ship with a model for that model only, and only where the file is there', () => {
    expect(registry.styles(base)).toBeNull();
    const path = join(folder, 'bundled', 'styles.gguf');
    writeFileSync(path, 'styles');
    expect(registry.styles(base)).toBe(path);
    expect(registry.styles(other)).toBeNull();
    expect(new AdapterRegistry({ own: own(), bundled: null }).styles(base)).toBeNull();
  });

  it('switches at once and in every window, also to the plain model', () => {
    registry.add(described, source('one'));
    registry.activate(1, base);
    expect(open().active(base)).toMatchObject({ id: 1 });
    registry.activate(null, base);
    expect(open().active(base)).toBeNull();
    expect(registry.list(base).some(({ active }) => active)).toBe(false);
  });

  it('refuses an adapter whose content changed, whose file is gone, or that was made for another model', () => {
    registry.add(described, source('one'));
    registry.add(described, source('two'));
    registry.add({ ...described, baseModel: other }, source('three'));
    writeFileSync(join(own(), '1', 'adapter.gguf'), 'ONE');
    rmSync(join(own(), '2', 'adapter.gguf'));
    expect(() => registry.activate(1, base)).toThrow("Adapter 1 can't be used: its file is damaged.");
    expect(() => registry.activate(2, base)).toThrow('its file is missing');
    expect(() => registry.activate(3, base)).toThrow('it was made for Large');
    expect(() => registry.activate(4, base)).toThrow('There is no adapter 4.');
    expect(registry.active(base)).toMatchObject({ id: 0 });
  });

  it('falls back to the plain model when the active adapter was damaged, and says so in the list', () => {
    registry.add(described, source('one'));
    registry.activate(1, base);
    writeFileSync(join(own(), '1', 'adapter.gguf'), 'longer than before');
    expect(open().active(base)).toBeNull();
    expect(open().list(base)[1]).toMatchObject({ id: 1, refused: 'its file is damaged' });
  });

  it('never reuses the number of a folder whose description is damaged', () => {
    registry.add(described, source('one'));
    writeFileSync(join(own(), '1', 'adapter.json'), '{');
    expect(registry.list(base)[1]).toMatchObject({ id: 1, refused: 'its description is damaged' });
    expect(registry.add(described, source('two'))).toBe(2);
  });

  it('refuses an adapter whose description asks for more of a style than was ever learned', () => {
    registry.add({ ...described, followerStyles: { formal: 40 } }, source('one'));
    expect(registry.list(base).at(-1)!.refused).toBe('its description is damaged');
  });

  it('never gives a number twice, not even when all adapters are gone: their paths may still be in memory', () => {
    registry.add(described, source('one'));
    registry.add(described, source('two'));
    registry.remove([1, 2]);
    expect(open().add(described, source('three'))).toBe(3);
    expect(open().prune(base, 0)).toEqual([3]);
    expect(open().add(described, source('four'))).toBe(4);
  });

  it('gives way to the nearest ancestor when the active adapter is removed, and never removes the shipped one', () => {
    registry.add(described, source('one'));
    registry.add({ ...described, parent: 1 }, source('two'));
    registry.activate(2, base);
    registry.remove([2, 1, 0]);
    expect(registry.active(base)).toMatchObject({ id: 0 });
    expect(registry.list(base).map(({ id }) => id)).toEqual([0]);
  });

  it('bounds the disk: the oldest go first, the active one and its ancestors stay', () => {
    for (const parent of [0, 1, 1, 3]) registry.add({ ...described, parent }, source('x'.repeat(10)));
    registry.activate(4, base); // 4 → 3 → 1 → 0
    expect(registry.prune(base, 40)).toEqual([2]);
    expect(registry.list(base).map(({ id }) => id)).toEqual([0, 1, 3, 4]);
    expect(registry.prune(base, 0)).toEqual([]);
  });

  it('gives way for every model whose adapter is removed, and passes over ancestors that are damaged', () => {
    registry.add(described, source('one'));
    registry.add({ ...described, parent: 1 }, source('two'));
    registry.add({ ...described, parent: 2 }, source('three'));
    registry.add({ ...described, parent: null, baseModel: other }, source('four'));
    registry.add({ ...described, parent: 4, baseModel: other }, source('five'));
    registry.activate(3, base);
    registry.activate(5, other);
    writeFileSync(join(own(), '2', 'adapter.gguf'), 'TWO');
    registry.remove([3, 5]);
    expect(registry.active(base)).toMatchObject({ id: 1 });
    expect(registry.active(other)).toMatchObject({ id: 4 });
    registry.removeAll();
    expect(registry.active(base)).toMatchObject({ id: 0 });
    expect(registry.active(other)).toBeNull();
    expect(JSON.parse(readFileSync(join(own(), 'active.json'), 'utf8'))).toEqual({
      [base.sha256]: 0,
      [other.sha256]: null,
    });
  });

  it('falls back to the shipped adapter where the description of the removed one is damaged', () => {
    registry.add(described, source('one'));
    registry.activate(1, base);
    writeFileSync(join(own(), '1', 'adapter.json'), '{');
    registry.remove([1]);
    expect(registry.active(base)).toMatchObject({ id: 0 });
  });

  it('keeps the ancestors of what other models have in use', () => {
    registry.add({ ...described, parent: null, baseModel: other }, source('x'.repeat(10)));
    registry.add({ ...described, parent: 1, baseModel: other }, source('x'.repeat(10)));
    registry.add(described, source('x'.repeat(10)));
    registry.activate(2, other);
    expect(registry.prune(base, 0)).toEqual([3]);
  });

  it('knows which adapter a run made', () => {
    registry.add(described, source('one'));
    registry.add({ ...described, runId: 'second' }, source('two'));
    expect(registry.ofRun('second')).toBe(2);
    expect(registry.ofRun('third')).toBeUndefined();
  });

  it('takes a refusal for a taken number only where the number is taken', async () => {
    const { renameSync: real } = await vi.importActual<typeof fs>('node:fs');
    const refuse = (first: (target: string) => void): void => {
      let refused = false;
      vi.mocked(renameSync).mockImplementation((from, to) => {
        if (refused || String(to).endsWith('.json')) {
          real(from, to);
          return;
        }
        refused = true;
        first(String(to));
        throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      });
    };
    try {
      refuse((target) => mkdirSync(target)); // another window was faster
      expect(registry.add(described, source('one'))).toBe(2);
      refuse(() => undefined);
      expect(() => registry.add(described, source('two'))).toThrow('EPERM');
    } finally {
      vi.mocked(renameSync).mockImplementation(real);
    }
  });

  it('removes what killed processes left, and not what another window writes', () => {
    mkdirSync(join(own(), '.new-999999999'), { recursive: true });
    mkdirSync(join(own(), `.new-${process.ppid}`));
    writeFileSync(join(own(), 'active.json.999999999.tmp'), '');
    registry.add(described, source('one'));
    expect(readdirSync(own()).sort()).toEqual([`.new-${process.ppid}`, '1']);
  });

  it('knows only the shipped adapter where the editor named no folder', () => {
    const without = new AdapterRegistry({ own: null, bundled: join(folder, 'bundled') });
    expect(without.active(base)).toMatchObject({ id: 0 });
    expect(() => without.activate(null, base)).toThrow('named no folder');
  });
});
