import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  evidence,
  evidenceWeight,
  unfinishedSentence,
  type EvidenceInput,
} from '../../../server/src/storage/evidence.ts';

const base: EvidenceInput = {
  kind: 'accepted',
  original: 'She go.',
  candidate: 'She goes.',
  finalText: null,
  share: null,
  seen: ['She went.', 'She goes.'],
};

describe('what a decision says', () => {
  it.each<[string, Partial<EvidenceInput>, readonly (readonly [string, string, number])[]]>([
    [
      'accepting',
      {},
      [
        ['She goes.', 'She go.', 1],
        ['She goes.', 'She went.', 0.5],
      ],
    ],
    [
      'keeping the original',
      { kind: 'rejected' },
      [
        ['She go.', 'She went.', 1],
        ['She go.', 'She goes.', 1],
      ],
    ],
    ['asking again', { kind: 'refinedAgain' }, [['She go.', 'She goes.', 0.25]]],
    ['undoing', { kind: 'undone' }, [['She go.', 'She goes.', 0.8]]],
    [
      'editing after accepting',
      { kind: 'edited', finalText: 'She leaves.' },
      [
        ['She leaves.', 'She goes.', 0.7],
        ['She leaves.', 'She go.', 0.5],
      ],
    ],
    ['picking in a comparison', { kind: 'compared' }, [['She goes.', 'She went.', 1]]],
    ['typing past ghost text', { kind: 'ghostDismissed', original: 'She' }, [['She', 'She goes.', 0.25]]],
    ['taking ghost text', { kind: 'ghostAccepted', original: 'She' }, [['She goes.', 'She', 1]]],
    [
      'typing what was offered',
      { kind: 'ghostTypedAsOffered', original: 'She' },
      [['She goes.', 'She', 0.5]],
    ],
  ])('reads %s', (_, change, expected) => {
    expect(
      evidence({ ...base, ...change }).map(({ winner, loser, weight }) => [winner, loser, weight]),
    ).toEqual(expected);
  });

  it('weighs a part that was taken by its share', () => {
    const [row] = evidence({ ...base, kind: 'ghostAcceptedInPart', share: 0.5 });
    expect(row?.weight).toBeCloseTo(0.35);
    expect(evidence({ ...base, kind: 'ghostAcceptedInPart', share: 0 })).toEqual([]);
  });

  it('says nothing where both texts are equal', () => {
    expect(evidence({ ...base, kind: 'edited', finalText: 'She goes.' })).toEqual([
      { winner: 'She goes.', loser: 'She go.', weight: 0.5 },
    ]);
  });
});

it('the table in docs/metrics.md has the very weights', () => {
  const metrics = readFileSync(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
  const [section = ''] = /^## What a decision says.*?(?=^## )/ms.exec(metrics) ?? [];
  const rows = [...section.matchAll(/^\| `(\w+)` \|[^|]+\| ([\d.]+) \|$/gm)].map(([, kind, weight]) => [
    kind,
    Number(weight),
  ]);
  expect(Object.fromEntries(rows)).toEqual(evidenceWeight);
});

it.each([
  ['It rained. She went', 'She went'],
  ['First paragraph.\n\nShe went ', 'She went '],
  ['It cost 3.50 and she', 'It cost 3.50 and she'],
  ['“It rained.” She', 'She'],
  ['She left. ', ''],
  ['', ''],
])('knows the unfinished sentence of %j', (before, expected) => {
  expect(unfinishedSentence(before)).toBe(expected);
});
