import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defaultMix,
  EditMixture,
  followerPrompt,
  halfEdited,
  leaderPrompt,
  randomAt,
  readPairs,
  tasks,
  usagePath,
} from '../../../benchmarks/editor/data.ts';
import type { EditPair } from '../../../benchmarks/editor/data.ts';

const origins = ['eracond', 'harper', 'usage', 'wikisplit', 'plainlanguage', 'synthetic:a'];
const edits: EditPair[] = tasks.flatMap((task) =>
  origins.flatMap((origin) =>
    Array.from({ length: 5 }, (_, i) => ({
      task,
      origin,
      source: `${origin} ${task} bad ${i}`,
      target: `${origin} ${task} better ${i}`,
    })),
  ),
);
const good = ['clean:a', 'eracond-ok', 'usage-ok'].map((origin): EditPair => ({
  task: 'fluency',
  origin,
  source: `${origin} fine`,
  target: `${origin} fine`,
}));
const mixture = new EditMixture([...edits, ...good], defaultMix);

describe('the training mixture', () => {
  it('gives the same example at the same place, and others for another seed', () => {
    const places = Array.from({ length: 50 }, (_, i) => i);
    const again = new EditMixture([...edits, ...good], defaultMix);
    const other = new EditMixture([...edits, ...good], { ...defaultMix, seed: 8 });
    const all = (of: EditMixture): unknown => places.map((place) => of.example(place));
    expect(all(again)).toEqual(all(mixture));
    expect(all(other)).not.toEqual(all(mixture));
  });

  it('learns answers only, each with its end of turn', () => {
    for (let place = 0; place < 200; place++) {
      const segments = mixture.example(place);
      expect(segments.at(-1)?.learn).toBe(true);
      for (const { text, learn } of segments) {
        if (learn) expect(text).toMatch(/^[^<]+<\|im_end\|>$/);
        else expect(text.includes('user\n') || text.endsWith('<|im_end|>')).toBe(true);
      }
    }
  });

  it('keeps the shares of good text, of fluency and of natural origins', () => {
    const drawn = Array.from({ length: 4000 }, (_, place) => mixture.pair(place));
    const share = (wanted: (pair: EditPair) => boolean): number => drawn.filter(wanted).length / drawn.length;
    expect(share(({ source, target }) => source === target)).toBeCloseTo(defaultMix.keepShare, 1);
    const edited = drawn.filter(({ source, target }) => source !== target);
    const fluency = edited.filter(({ task }) => task === 'fluency');
    expect(fluency.length / edited.length).toBeCloseTo(defaultMix.fluencyShare, 1);
    for (const [origin, wanted] of [
      ['eracond', 0.2],
      ['harper', 0.2],
      ['usage', 0.35],
    ] as const)
      expect(fluency.filter((pair) => pair.origin === origin).length / fluency.length, origin).toBeCloseTo(
        wanted,
        1,
      );
  });

  it('has learners’ mistakes of the project’s own, none of them among those that tell what was learned', () => {
    const usage = readPairs(usagePath);
    const learners = readPairs(join(usagePath, '..', 'learners.jsonl'));
    const sources = usage.map(({ source }) => source);
    expect(new Set(sources).size).toBe(usage.length);
    expect(usage.filter(({ source, target }) => source !== target).length).toBeGreaterThan(300);
    expect(learners.filter(({ source }) => sources.includes(source))).toEqual([]);
  });

  it('writes both turns as plain ChatML, the prompts of the shipped format', () => {
    const [source, answer] = ['I has it.', 'I have it.'];
    const prompt = leaderPrompt('Fix the grammar', source) + followerPrompt(answer);
    expect(prompt).toBe(
      '<|im_start|>user\nFix the grammar: I has it.<|im_end|>\n<|im_start|>assistant\nI have it.<|im_end|>\n' +
        '<|im_start|>user\nImprove it.<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('uses the model’s own answers for follower turns where there are some', () => {
    const own = { ...edits[0]!, answer: 'its own words' };
    const withAnswers = new EditMixture([...edits, ...good], { ...defaultMix, followerShare: 1 }, [own]);
    const texts = Array.from({ length: 100 }, (_, place) =>
      withAnswers
        .example(place)
        .map((segment) => segment.text)
        .join(''),
    );
    expect(texts.filter((text) => text.includes('its own words')).length).toBeGreaterThan(30);
  });
});

describe('a half-edited text', () => {
  it('has every edit made or not made, word by word', () => {
    const [source, target] = ['She go to the the store', 'She goes to the store today'];
    const seen = new Set<string>();
    for (let place = 0; place < 100; place++) seen.add(halfEdited(source, target, randomAt(1, place)));
    expect(seen).toContain(source);
    expect(seen).toContain(target);
    expect(seen).toContain('She goes to the the store');
    expect(seen.size).toBe(8); // three edits
  });
});
