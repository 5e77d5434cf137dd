/**
 * @file Is typing ever delayed? In a real VS Code with the packaged extension: 600 keys with suggestions on and a training run in the
 * background, and as many with Second Draft off, in the same host; what the extension host's event loop was held up by.
 *
 *   npm run bench:typing -- [--vsix FILE]
 */
import { parseArgs } from 'node:util';
import { figuresFromHost } from './host/run.ts';
import { printResult } from './support.ts';

const { values } = parseArgs({ options: { vsix: { type: 'string' } } });
const figures = figuresFromHost('typing', values.vsix);
console.table([figures]);
printResult('typing', 'SmolLM2-135M-Instruct Q4_1', figures);
