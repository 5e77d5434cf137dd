/**
 * @file `npm run demo -- "text"`: refines in the terminal through the language server that the extension uses: original, leader, follower,
 * the words that changed in colour, timings. Sets up what is missing, as `npm start` does.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, ensureModel, ensurePackages } from './lib/setup.mjs';
import { main, projectNode, root, step, Stop } from './lib/steps.mjs';

const sample =
  'Due to the fact that the weather was bad, we was not able to go on the trip that we had planned to go on. The guide he told us that it is possible to going next week instead.';
const colours = (process.stdout.isTTY && !process.env.NO_COLOR) || Boolean(process.env.FORCE_COLOR);
const styles = { bold: '1', dim: '2', removed: '31;9', added: '32' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { task: { type: 'string', default: 'improve' }, rounds: { type: 'string', default: '1' } },
});

await main(async () => {
  await ensurePackages();
  await ensureModel();
  await build();
  const text = positionals.join(' ').trim() || sample;
  const storagePath = mkdtempSync(join(tmpdir(), 'second-draft-demo-'));
  const server = fork(join(root, 'dist/server.mjs'), ['--node-ipc'], {
    execPath: projectNode(),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await refine(server, storagePath, text);
  } finally {
    server.kill();
    rmSync(storagePath, { recursive: true, force: true });
  }
  return 0;
});

async function refine(server, storagePath, text) {
  const { createMessageConnection, IPCMessageReader, IPCMessageWriter } = await import('vscode-jsonrpc/node');
  const connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
  connection.onRequest('workspace/configuration', ({ items }) =>
    items.map(() => ({ refine: { rounds: Number(values.rounds) } })),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { configuration: true } },
    initializationOptions: { storagePath, bundledPath: root },
  });
  await connection.sendNotification('initialized', {});
  const uri = 'untitled:demo.md';
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'markdown', version: 1, text },
  });
  const lines = text.split('\n');
  const range = {
    start: { line: 0, character: 0 },
    end: { line: lines.length - 1, character: lines.at(-1).length },
  };
  step('Refining');
  const started = performance.now();
  const result = await connection
    .sendRequest('secondDraft/refine', {
      textDocument: { uri, version: 1 },
      range,
      task: values.task,
      rounds: Number(values.rounds),
    })
    .catch((error) => {
      throw new Stop(error.message);
    });
  print('Original', result.original, '');
  let before = result.original;
  for (const { role, round, text: candidate, timing } of result.candidates) {
    const name = role === 'leader' ? 'Leader' : `Follower ${round}`;
    const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
    print(
      name,
      await coloured(before, candidate),
      `first word after ${seconds(timing.firstWordMs)}, all of it after ${seconds(timing.totalMs)}, ${timing.tokens} tokens`,
    );
    before = candidate;
  }
  const followers = result.candidates.filter(({ role }) => role === 'follower').length;
  if (result.outcome === 'improved' && Number(values.rounds) > followers)
    console.log('\nThe follower found nothing more to improve.');
  if (result.outcome === 'nothingToImprove') console.log('\nNothing to improve.');
  if (result.outcome === 'noImprovementFound') console.log('\nNo improvement found.');
  const adapter = result.adapter === null ? 'no adapter' : `adapter ${result.adapter}`;
  console.log(
    styled(
      'dim',
      `\n${result.model}, ${adapter}; ${((performance.now() - started) / 1000).toFixed(2)} s with loading the model.`,
    ),
  );
}

/** `util.styleText` came with Node 20.12. */
function styled(style, text) {
  return colours ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
}

function print(title, text, note) {
  console.log(`\n${styled('bold', title)}${note === '' ? '' : styled('dim', `  ${note}`)}\n${text}`);
}

/** Removed words red and struck through, added ones green; marked [-so-]{+so+} where there are no colours. */
async function coloured(before, after) {
  const { diffArrays } = await import('diff');
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' }); // "don't" is one word
  const words = (text) => Array.from(segmenter.segment(text), ({ segment }) => segment);
  const removedPart = (value) => (colours ? styled('removed', value) : `[-${value}-]`);
  const addedPart = (value) => (colours ? styled('added', value) : `{+${value}+}`);
  return diffArrays(words(before), words(after))
    .map(({ added, removed, value }) => {
      const text = value.join('');
      return added ? addedPart(text) : removed ? removedPart(text) : text;
    })
    .join('');
}
