import { expect, it } from 'vitest';
import { shapeOf, UnknownShapeError } from '../../../server/src/models/modelShape.ts';

function header(architecture: string, values: Readonly<Record<string, unknown>>) {
  return new Map([
    ['general.architecture', { value: architecture }],
    ...Object.entries(values).map(([key, value]) => [`${architecture}.${key}`, { value }] as const),
  ]);
}

const llama = { block_count: 30, embedding_length: 576n, 'attention.head_count': 9 };

it('reads the width of keys and values', () => {
  expect(shapeOf(header('llama', { ...llama, 'attention.head_count_kv': 3 }))).toEqual({
    architecture: 'llama',
    layers: 30,
    keyValueWidth: 384,
  });
  expect(shapeOf(header('llama', llama)).keyValueWidth).toBe(2 * 576);
  const wide = { ...llama, 'attention.key_length': 128, 'attention.value_length': 96 };
  expect(shapeOf(header('llama', wide)).keyValueWidth).toBe(9 * 224);
});

it('takes the widest layer where they differ', () => {
  const heads = { block_count: 3, embedding_length: 2048, 'attention.head_count': 32 };
  const lfm2 = header('lfm2', { ...heads, 'attention.head_count_kv': [0, 8, 0] });
  expect(shapeOf(lfm2).keyValueWidth).toBe(8 * 128);
});

it('takes a model without attention for one that keeps nothing', () => {
  const mamba = { block_count: 24, embedding_length: 768, 'attention.head_count': 0 };
  expect(shapeOf(header('mamba', mamba)).keyValueWidth).toBe(0);
});

it.each(['block_count', 'embedding_length', 'attention.head_count'])('says so where %s is missing', (key) => {
  const some = Object.fromEntries(Object.entries(llama).filter(([name]) => name !== key));
  expect(() => shapeOf(header('new', some))).toThrow(UnknownShapeError);
});
