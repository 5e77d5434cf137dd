import type * as Fs from 'node:fs';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deleteFile, takeIn } from '../../../server/src/models/modelFiles.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof Fs>();
  return {
    ...real,
    linkSync: vi.fn(real.linkSync),
    rmSync: vi.fn(real.rmSync),
    statfsSync: vi.fn(real.statfsSync),
  };
});

let folder: string;
let own: string;
let to: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'take-in-'));
  mkdirSync(join(folder, 'models'));
  own = join(folder, 'mine.gguf');
  to = join(folder, 'models', 'taken.gguf');
  writeFileSync(own, 'weights');
});
afterEach(() => {
  vi.resetAllMocks();
  rmSync(folder, { recursive: true });
});

function noLinks(): void {
  vi.mocked(linkSync).mockImplementationOnce(() => {
    throw new Error('EXDEV');
  });
}

it('takes in what a link leads to', async () => {
  const link = join(folder, 'link.gguf');
  symlinkSync('mine.gguf', link);
  await takeIn(link, to);
  expect(lstatSync(to).isSymbolicLink()).toBe(false);
  expect(readFileSync(to, 'utf8')).toBe('weights');
});

it('needs no room where the disk gives the file a second name', async () => {
  truncateSync(own, 2 ** 30);
  vi.mocked(statfsSync).mockReturnValue({ bavail: 0, bsize: 4096 } as never);
  await takeIn(own, to);
  expect(lstatSync(to).ino).toBe(lstatSync(own).ino);
});

it('copies where the disk does not, and leaves nothing else behind', async () => {
  noLinks();
  await takeIn(own, to);
  expect(lstatSync(to).ino).not.toBe(lstatSync(own).ino);
  expect(readFileSync(to, 'utf8')).toBe('weights');
  expect(readdirSync(join(folder, 'models'))).toEqual(['taken.gguf']);
});

it('says so where a copy has no room', async () => {
  noLinks();
  vi.mocked(statfsSync).mockReturnValue({ bavail: 0, bsize: 4096 } as never);
  await expect(takeIn(own, to)).rejects.toMatchObject({ code: 'storageFull', facts: { neededBytes: 7 } });
  expect(readdirSync(join(folder, 'models'))).toEqual([]);
});

it('says that a file is in use where the system does not let go of it', () => {
  const fails = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  vi.mocked(rmSync).mockImplementationOnce(fails('EBUSY'));
  expect(() => deleteFile(own, 'Mine')).toThrow('Mine can’t be deleted while it is in use');
  vi.mocked(rmSync).mockImplementationOnce(fails('EIO'));
  expect(() => deleteFile(own, 'Mine')).toThrow('EIO');
  deleteFile(own, 'Mine');
  expect(readdirSync(folder)).toEqual(['models']);
});
