/** @file The options that every program with a lab has, and the lab that they ask for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLab, type Lab } from './lab.ts';

const root = join(import.meta.dirname, '..', '..');

/** Texts that the decisions are about. */
export const textsDecidedOn = 240;

/** For parseArgs. */
export const labArguments = {
  data: { type: 'string', default: join(root, '../shared/data/edits/valid.jsonl') },
  model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
  adapter: { type: 'string', default: join(root, 'adapters/SmolLM2-135M-Instruct/adapter.gguf') },
  styles: { type: 'string', default: join(root, 'adapters/SmolLM2-135M-Instruct/styles.gguf') },
  threads: { type: 'string', default: '2' },
  gpu: { type: 'boolean', default: false },
} as const;

export interface LabArguments {
  readonly data: string;
  readonly model: string;
  readonly adapter: string;
  readonly styles: string;
  readonly threads: string;
  readonly gpu: boolean;
}

/** Ends the program where the texts are missing, and says where they come from. */
export function openedLab({ threads, gpu, ...paths }: LabArguments): Promise<Lab> {
  const { data, model, adapter, styles } = paths;
  if (!existsSync(data)) {
    console.error(
      `No texts at ${data}. They are the validation pairs of the edit corpora that docs/models.md names; --data says where they lie.`,
    );
    process.exit(2);
  }
  return openLab({ data, model, adapter, styles, threads: Number(threads), device: gpu ? 'auto' : 'cpu' });
}
