import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announcedSha256, downloadFile } from '../../../server/src/generation/modelDownload.ts';
import { ModelLibrary, type LibraryDependencies } from '../../../server/src/models/library.ts';
import type { CatalogueModel } from '../../../server/src/models/catalogue.ts';
import { withWayOut } from '../../../server/src/models/wayOut.ts';
import { DraftError } from '../../../server/src/util/errors.ts';

const content = Buffer.alloc(3_000_000, 'GGUF model ');
const hash = createHash('sha256').update(content).digest('hex');
const shape = { architecture: 'llama', layers: 2, keyValueWidth: 64 };

let folder: string;
let server: Server;
let address: string;
let announced: string | null;
/** Connections that are cut after this many bytes; then one is let through. */
let cuts: number[];
let asked: { method: string; range: string | undefined }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
  writeFileSync(join(folder, 'bundled.gguf'), 'bundled');
  [announced, cuts, asked] = [hash, [], []];
  server = createServer((request, response) => {
    const { range } = request.headers;
    asked.push({ method: request.method ?? '', range });
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(range ?? '') ?? [];
    const [start, end] = [Number(from ?? 0), to ? Number(to) + 1 : content.length];
    response.writeHead(range ? 206 : 200, {
      'content-length': end - start,
      'accept-ranges': 'bytes',
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${content.length}` }),
      ...(announced !== null && { 'x-linked-etag': `"${announced}"` }),
    });
    if (request.method === 'HEAD') return response.end();
    const cut = end - start > 1000 ? cuts.shift() : undefined; // probes are let through
    if (cut === undefined) return response.end(content.subarray(start, end));
    response.write(content.subarray(start, start + cut), () => response.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.gguf`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function library(over: Partial<LibraryDependencies> = {}): ModelLibrary {
  const model: CatalogueModel = {
    id: 'big',
    title: 'Big',
    licence: 'MIT',
    url: address,
    sizeBytes: content.length,
    shape,
    goodFor: 'Tests',
  };
  return new ModelLibrary({
    folder: join(folder, 'models'),
    bundledPath: join(folder, 'bundled.gguf'),
    download: downloadFile,
    announcedSha256,
    sha256: (path) => Promise.resolve(createHash('sha256').update(readFileSync(path)).digest('hex')),
    check: () => Promise.resolve(),
    readShape: () => shape,
    freeBytes: () => 8e9,
    models: [model],
    ...over,
  });
}

const signal = (): AbortSignal => new AbortController().signal;
const nothing = (): void => undefined;
async function failure(work: Promise<unknown>): Promise<DraftError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DraftError) return error;
  throw new Error(`Not a failure of ours: ${String(error)}`);
}

describe('the model library', () => {
  it('begins with the bundled model and offers the catalogue by what fits', () => {
    const rows = library({ freeBytes: () => 1e9 }).rows('auto', null);
    expect(rows).toMatchObject([
      { id: 'smollm2-135m', bundled: true, installed: true, selected: true },
      { id: 'big', bundled: false, installed: false, selected: false, fit: 'runsWell' },
    ]);
    expect(library({ freeBytes: () => 1e6 }).rows('auto', null)[1]?.fit).toBe('tooLarge');
  });

  it('downloads with progress, checks the hash that the source announces, and chooses on demand', async () => {
    const models = library();
    const progress: number[] = [];
    await models.download('big', signal(), (done) => progress.push(done));
    expect(progress.at(-1)).toBe(content.length);
    expect(readdirSync(join(folder, 'models')).sort()).toEqual([`${hash}.gguf`, 'library.json']);
    expect(models.selected('auto').id).toBe('smollm2-135m');
    models.select('big');
    expect(library().selected('auto')).toMatchObject({ id: 'big', bundled: false });
    expect(models.rows('auto', null)[1]).toMatchObject({ installed: true, selected: true });
  });

  it('goes on where a connection was cut', async () => {
    cuts = [1_000_000];
    await library().download('big', signal(), nothing);
    expect(readFileSync(join(folder, 'models', `${hash}.gguf`)).equals(content)).toBe(true);
    const whole = asked.filter(
      ({ method, range }) => method === 'GET' && (range === undefined || range === 'bytes=0-'),
    ).length;
    expect(asked.filter(({ method }) => method === 'GET').length).toBeGreaterThan(whole);
  }, 60_000);

  it('discards what came with another hash, and says so', async () => {
    announced = 'f'.repeat(64);
    const error = await failure(library().download('big', signal(), nothing));
    expect(error).toMatchObject({ code: 'modelCorrupt', facts: { id: 'big', model: 'Big' } });
    expect(readdirSync(join(folder, 'models'))).toEqual([]);
  });

  it('discards what is no model where the source announces no hash', async () => {
    announced = null;
    const readShape = (): never => {
      throw new Error('no GGUF');
    };
    expect(await failure(library({ readShape }).download('big', signal(), nothing))).toMatchObject({
      code: 'modelCorrupt',
    });
  });

  it('says why a download failed', async () => {
    const unreachable = library({
      announcedSha256: () =>
        Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })),
    });
    const error = await failure(unreachable.download('big', signal(), nothing));
    expect(error).toMatchObject({ code: 'downloadFailed', facts: { id: 'big', percent: 0 } });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    const work = library().download('big', cancel.signal, () => cancel.abort());
    expect((await failure(work)).code).toBe('cancelled');
    expect(existsSync(join(folder, 'models', `${hash}.gguf`))).toBe(false);
  });

  it('lets one who asked for a running download leave, and ends it with the last', async () => {
    let transfers = 0;
    let transfer: AbortSignal | undefined;
    const models = library({
      download: async (job) => {
        transfers += 1;
        transfer = job.signal;
        if (transfers > 1) return downloadFile(job);
        return new Promise((_, reject) => {
          job.signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      },
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const going = failure(models.download('big', first.signal, nothing));
    const leaving = failure(models.download('big', second.signal, nothing));
    await expect.poll(() => transfers).toBe(1);
    second.abort();
    expect((await leaving).code).toBe('cancelled');
    expect(transfer?.aborted).toBe(false);
    first.abort();
    expect(transfer?.aborted).toBe(true);
    const again = models.download('big', signal(), nothing); // while the first ends
    expect((await going).code).toBe('cancelled');
    await again;
    expect(transfers).toBe(2);
  });

  it('goes on for the second who asked when the first leaves, and tells it how far', async () => {
    const models = library({
      download: async (job) => {
        first.abort();
        await downloadFile(job);
      },
    });
    const first = new AbortController();
    const leaving = failure(models.download('big', first.signal, nothing));
    const progress: number[] = [];
    await models.download('big', signal(), (done) => progress.push(done));
    expect((await leaving).code).toBe('cancelled');
    expect(progress.at(-1)).toBe(content.length);
  });

  it('refuses to begin where the disk has no room', async () => {
    const huge: CatalogueModel = {
      id: 'huge',
      title: 'Huge',
      licence: 'MIT',
      url: address,
      sizeBytes: 1e18,
      shape,
      goodFor: '',
    };
    const error = await failure(library({ models: [huge] }).download('huge', signal(), nothing));
    expect(error).toMatchObject({ code: 'storageFull', facts: { neededBytes: huge.sizeBytes } });
    expect(asked).toEqual([]);
  });

  it('takes in a file of the writer’s own, and leaves the original where it is when the copy is deleted', async () => {
    const own = join(folder, 'mine.gguf');
    writeFileSync(own, content);
    const models = library();
    const id = await models.import(own);
    expect(models.selected('auto')).toMatchObject({ id, title: 'mine' });
    expect(models.rows('auto', null).at(-1)).toMatchObject({
      id,
      title: 'mine',
      installed: true,
      selected: true,
    });
    models.remove(id);
    expect(models.selected('auto').id).toBe('smollm2-135m');
    expect(readFileSync(own).equals(content)).toBe(true);
    expect(() => models.remove('smollm2-135m')).toThrow('not one that can be deleted');
  });

  it('sets a damaged file of its own aside, names it for another download, and goes on with the bundled model', async () => {
    const models = library();
    await models.download('big', signal(), nothing);
    models.select('big');
    const { path } = models.selected('auto');
    const damaged = new DraftError('modelCorrupt', 'Big is damaged.', { facts: { model: 'Big' } });
    expect(withWayOut(damaged, models, path)).toMatchObject({
      code: 'modelCorrupt',
      facts: { model: 'Big', setAside: 'yes', id: 'big' },
    });
    expect(existsSync(`${path}.damaged`)).toBe(true);
    expect(models.selected('auto').bundled).toBe(true);
    expect(withWayOut(damaged, models, join(folder, 'bundled.gguf'))).toBe(damaged);
  });

  it('lists what it set aside and what was left unfinished, and deletes it', async () => {
    const models = library();
    const at = (name: string): string => join(folder, 'models', name);
    expect(models.leftovers()).toEqual([]);
    await models.download('big', signal(), nothing);
    models.setAside(at(`${hash}.gguf`));
    writeFileSync(at('big.download.gguf.ipull'), Buffer.alloc(100_000, 'part'));
    writeFileSync(at('copy.gguf.1.tmp'), 'copy');
    expect(models.leftovers().sort((a, b) => b.sizeBytes - a.sizeBytes)).toEqual([
      { id: `file:${hash}.gguf.damaged`, title: 'Big', kind: 'damaged', sizeBytes: content.length },
      { id: 'file:big.download.gguf.ipull', title: 'Big', kind: 'unfinished', sizeBytes: 100_000 },
      { id: 'file:copy.gguf.1.tmp', title: 'copy.gguf.1.tmp', kind: 'unfinished', sizeBytes: 4 },
    ]);
    for (const { id } of models.leftovers()) models.remove(id);
    expect(readdirSync(join(folder, 'models'))).toEqual(['library.json']);
    expect(models.leftovers()).toEqual([]);
    expect(() => models.remove('file:library.json')).toThrow('not one that can be deleted');
  });

  it('does not list a download that is under way', async () => {
    let during: unknown;
    const models = library({
      download: async (job) => {
        writeFileSync(join(job.folder, `${job.fileName}.ipull`), 'part');
        during = models.leftovers();
        await Promise.reject(new Error('cut off'));
      },
    });
    await failure(models.download('big', signal(), nothing));
    expect(during).toEqual([]);
    expect(models.leftovers()).toMatchObject([{ title: 'Big', kind: 'unfinished' }]);
  });

  it('leaves an import of another window alone while its process lives', () => {
    const models = library();
    const copy = join(folder, 'models', `copy.gguf.${process.ppid}.tmp`);
    mkdirSync(join(folder, 'models'));
    writeFileSync(copy, 'copy');
    expect(models.leftovers()).toEqual([]);
    expect(() => models.remove(`file:${basename(copy)}`)).toThrow('not one that can be deleted');
    expect(existsSync(copy)).toBe(true);
    utimesSync(copy, 1, 1); // whose number another process has now
    expect(models.leftovers()).toMatchObject([{ id: `file:${basename(copy)}`, kind: 'unfinished' }]);
  });

  it('leaves a download to the window that began it, and its part too', async () => {
    const part = join(folder, 'models', 'big.download.gguf.ipull');
    let finish: () => void = nothing;
    const held = new Promise<void>((end) => (finish = end));
    const first = library({
      download: async (job) => {
        writeFileSync(part, 'part');
        await held;
        await downloadFile(job);
      },
    });
    const second = library();
    const downloading = first.download('big', signal(), nothing);
    await expect.poll(() => existsSync(part)).toBe(true);
    expect(await failure(second.download('big', signal(), nothing))).toMatchObject({
      code: 'downloadFailed',
      message: 'Another window is downloading Big.',
      facts: { id: 'big' },
    });
    expect(second.leftovers()).toEqual([]);
    expect(() => second.remove('file:big.download.gguf.ipull')).toThrow('not one that can be deleted');
    rmSync(part);
    finish();
    await downloading;
    await second.download('big', signal(), nothing); // it is there
    expect(readdirSync(join(folder, 'models')).sort()).toEqual([`${hash}.gguf`, 'library.json']);
  });

  it.each([
    ['is gone', 2 ** 30, Date.now()],
    ['has let it lie', process.ppid, Date.now() - 3_600_000],
  ])('takes a download over from a window that %s', async (_, pid, changedMs) => {
    const at = (name: string): string => join(folder, 'models', name);
    mkdirSync(join(folder, 'models'));
    writeFileSync(at('big.download.lock'), `${pid} another`);
    utimesSync(at('big.download.lock'), changedMs / 1000, changedMs / 1000);
    writeFileSync(at('big.download.gguf.ipull'), 'part');
    expect(library().leftovers()).toMatchObject([{ title: 'Big', kind: 'unfinished' }]);
    rmSync(at('big.download.gguf.ipull'));
    await library().download('big', signal(), nothing);
    expect(readdirSync(join(folder, 'models')).sort()).toEqual([`${hash}.gguf`, 'library.json']);
  });

  it('asks for no more room than what is still to come', async () => {
    const sizeBytes = 2 ** 60;
    const huge: CatalogueModel = {
      id: 'huge',
      title: 'Huge',
      licence: 'MIT',
      url: address,
      sizeBytes,
      shape,
      goodFor: '',
    };
    const part = join(folder, 'models', 'huge.download.gguf.ipull');
    mkdirSync(join(folder, 'models'));
    writeFileSync(part, content);
    truncateSync(part, 2 ** 32); // a hole is nothing that has come
    const error = await failure(library({ models: [huge] }).download('huge', signal(), nothing));
    expect(error.code).toBe('storageFull');
    const neededBytes = Number(error.facts.neededBytes);
    expect(sizeBytes - neededBytes).toBeGreaterThanOrEqual(content.length);
    expect(sizeBytes - neededBytes).toBeLessThan(2 * content.length);
  });

  it('names the largest model that fits where one does not', () => {
    const tooLarge = new DraftError('outOfMemory', 'Too large.', { facts: { neededBytes: 9e9 } });
    const sizes: CatalogueModel[] = [2e9, 5e9, 20e9].map((sizeBytes) => ({
      id: `of-${String(sizeBytes / 1e9)}`,
      title: `Of ${String(sizeBytes / 1e9)} GB`,
      licence: 'MIT',
      url: address,
      sizeBytes,
      shape,
      goodFor: '',
    }));
    expect(withWayOut(tooLarge, library({ models: sizes }), 'elsewhere.gguf')).toMatchObject({
      facts: { neededBytes: 9e9, fits: 'of-5', fitsTitle: 'Of 5 GB' },
    });
    const small = withWayOut(tooLarge, library({ freeBytes: () => 0 }), 'elsewhere.gguf');
    expect(small).toMatchObject({ facts: { fits: 'smollm2-135m' } });
  });

  it('names one that is installed before a larger one that would have to be downloaded', async () => {
    const other: CatalogueModel = {
      id: 'other',
      title: 'Other',
      licence: 'MIT',
      url: address,
      sizeBytes: 5e9,
      shape,
      goodFor: '',
    };
    const models = library();
    await models.download('big', signal(), nothing);
    const tooLarge = new DraftError('outOfMemory', 'Too large.');
    const { facts } = withWayOut(tooLarge, library({ models: [other] }), 'elsewhere.gguf') as DraftError;
    expect(facts.fits).toBe('other'); // only the bundled one is installed of these
    const installed = readdirSync(join(folder, 'models')).find((name) => name.endsWith('.gguf')) ?? '';
    await models.import(join(folder, 'models', installed));
    expect(withWayOut(tooLarge, library({ models: [other] }), 'elsewhere.gguf')).toMatchObject({
      facts: { fits: expect.stringMatching(/^own-/) as string },
    });
  });

  it('does not say of the model in memory that it is too large for what is left beside it', () => {
    const models = library({ freeBytes: () => 1e6 });
    mkdirSync(join(folder, 'models'));
    const file = { id: 'big', title: 'Big', fileName: 'big.gguf', sha256: hash, own: false };
    writeFileSync(join(folder, 'models', 'big.gguf'), content);
    const list = { selected: 'big', models: [file] };
    writeFileSync(join(folder, 'models', 'library.json'), JSON.stringify(list));
    const { path } = models.selected('auto');
    expect(models.rows('auto', null).find(({ id }) => id === 'big')?.fit).toBe('tooLarge');
    expect(models.rows('auto', null, path).find(({ id }) => id === 'big')?.fit).toBe('slow');
  });

  it('takes nothing in that is no model', async () => {
    const check = () => Promise.reject(new DraftError('modelCorrupt', 'no'));
    const error = await failure(library({ check }).import(join(folder, 'bundled.gguf')));
    expect(error.code).toBe('modelCorrupt');
    expect(existsSync(join(folder, 'models'))).toBe(false);
  });

  it('says when the model of the settings is not installed', () => {
    expect(() => library().selected('big')).toThrow('is not installed');
    expect(() => library().select('big')).toThrow('is not installed');
  });
});
