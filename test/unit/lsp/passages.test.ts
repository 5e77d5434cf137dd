import { describe, expect, it } from 'vitest';
import { choosePassages } from '../../../server/src/lsp/passages.ts';
import type { NewContext } from '../../../server/src/storage/preferenceStore.ts';
import { decisionNumber } from '../../support/decisions.ts';

let number = 0;

/** A text of this many words that is no other's. */
function words(count: number): string {
  number += 1;
  return Array.from({ length: count }, (_, i) => (i === 0 ? `Text${number}` : 'word')).join(' ');
}

function passage(document: string, original: string): NewContext {
  return decisionNumber(number, 'accepted', { document, original }).context;
}

function chosen(contexts: readonly NewContext[], compared: readonly string[] = []): string[] {
  return choosePassages(contexts, new Set(compared), 3).map(({ original }) => original);
}

describe('the texts that adapters are compared on', () => {
  it('are of different documents where possible, the newest of each', () => {
    const [newest, other, second, third] = [words(30), words(30), words(30), words(30)];
    const contexts = [passage('a', newest), passage('a', other), passage('b', second), passage('c', third)];
    expect(chosen(contexts)).toEqual([newest, second, third]);
    expect(chosen(contexts.slice(0, 3))).toEqual([newest, second, other]);
  });

  it('are each another text', () => {
    const text = words(30);
    expect(chosen([passage('a', text), passage('b', `${text}\n`)])).toEqual([text]);
  });

  it('have a sensible length, or what length there is', () => {
    const [short, long, good] = [words(8), words(200), words(20)];
    const contexts = [passage('a', short), passage('b', long), passage('c', good)];
    expect(chosen(contexts)).toEqual([good, short, long]);
    const longest = words(150);
    expect(chosen([...contexts, passage('c', longest)])).toEqual([good, longest, short]);
    expect(chosen([passage('a', ''), passage('a', words(3)), passage('a', words(401))])).toEqual([]);
  });

  it('were not compared before where there are others', () => {
    const [before, fresh] = [words(30), words(8)];
    const contexts = [passage('a', before), passage('b', fresh)];
    expect(chosen(contexts, [before])).toEqual([fresh, before]);
  });
});
