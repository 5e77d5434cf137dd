/**
 * @file Fits the shipped prior of the preference model on public accept and reject decisions: `npm run fit:prior [-- --data FILE --out FILE]`.
 * Its features are those that the product computes, without log-probs. The same decisions give the same file.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { editFeatures } from '../server/src/preferences/editFeatures.ts';
import { guardCandidate, guardCap } from '../server/src/preferences/guards.ts';
import { sha256Of } from './editor/data.ts';
import { readDecisions } from './preferences/decisions.ts';
import { priorOf } from './preferences/priorOf.ts';

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: join(root, '../shared/data/revisions/r3-decisions.jsonl') },
    out: { type: 'string', default: join(root, 'server/src/preferences/prior.json') },
  },
});
if (!existsSync(options.data)) {
  console.error(
    `${options.data} is missing: the R3 interaction data, from dataset/R3_eval_data.zip of vipulraheja/iterater; --data says where they lie.`,
  );
  process.exit(2);
}

const decisions = readDecisions(options.data);
const examples = decisions.map(({ original, revised, source, writer, accepted }) => ({
  writer,
  accepted,
  // People's own edits are no candidates of a model: no guards.
  cap: source === 'model' ? guardCap(guardCandidate(original, revised)) : 1,
  features: editFeatures(original, revised),
}));
const fitted = examples.filter(({ cap }) => cap === 1).length;
const count = (values: readonly string[]): number => new Set(values).size;
const prior = {
  version: 3,
  description:
    'Cold-start prior of the preference model: r(y|x) = sum_k w_k * clip(phi_k(x,y)/scale_k, -4, 4); prior w ~ N(mean, 1/precision) or, with probability "tasteProbability", N(mean, 1/(m*precision)) for one of the multiples m in "tasteMultiples".',
  command: 'npm run fit:prior',
  trainedOn: {
    sha256: sha256Of(options.data),
    decisions: fitted,
    writers: count(decisions.map(({ writer }) => writer)),
    documents: count(decisions.map(({ document }) => document)),
  },
  ...priorOf(examples),
  attribution:
    'Fitted on the human-model interaction data of R3 (github.com/vipulraheja/iterater, dataset/R3_eval_data.zip, Apache License 2.0): Du, Kim, Raheja, Kumar, Kang, "Read, Revise, Repeat: A System Demonstration for Human-in-the-loop Iterative Text Revision", In2Writing, ACL 2022; texts of IteraTeR, Du et al., ACL 2022. The weights are derived from the decisions; no text of theirs is contained.',
};
const style = await resolveConfig(options.out);
writeFileSync(options.out, await format(JSON.stringify(prior), { ...style, parser: 'json' }));
console.log(`${fitted} of ${decisions.length} decisions, the others are junk by the guards: ${options.out}`);
