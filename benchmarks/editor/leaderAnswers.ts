/**
 * @file The model's own first answers to training pairs, with an adapter that is being trained: what its follower turn must improve.
 *
 *   node benchmarks/editor/leaderAnswers.ts --adapter PATH --out FILE [--count 600] [--data FOLDER]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EditMixture, defaultMix, instructions, leaderPrompt, trainingPairs } from './data.ts';
import { openEditorModel } from './generate.ts';

const root = join(import.meta.dirname, '..', '..');
const { values: options } = parseArgs({
  options: {
    adapter: { type: 'string' },
    out: { type: 'string', default: join(root, '.cache/editor/answers.jsonl') },
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    data: { type: 'string', default: join(root, '../shared/data/edits') },
    count: { type: 'string', default: '600' },
  },
});
if (options.adapter === undefined) throw new Error('--adapter PATH is missing.');

const mixture = new EditMixture(trainingPairs(join(options.data, 'train.jsonl')), {
  ...defaultMix,
  seed: 1009,
});
const pairs = Array.from({ length: Number(options.count) }, (_, place) => mixture.pair(place));
const model = await openEditorModel(options.model, options.adapter);
const answers = await model.answer(
  pairs.map(({ task, source }) => ({ prompt: leaderPrompt(instructions[task], source), source })),
);
await model.dispose();
const lines = pairs.map((pair, i) => JSON.stringify({ ...pair, answer: answers[i] }));
writeFileSync(options.out, `${lines.join('\n')}\n`);
const right = pairs.filter(({ target }, i) => answers[i] === target).length;
console.log(`${pairs.length} answers, ${right} of them right, in ${options.out}`);
