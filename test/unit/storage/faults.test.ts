import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killWriters } from '../../../benchmarks/faults/killWriters.ts';

it('a writer of decisions that is killed loses nothing that it acknowledged, and the database opens', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'second-draft-faults-'));
  try {
    const found = await killWriters(folder, 12, 7);
    expect(found.acknowledged).toBeGreaterThanOrEqual(12);
    expect(found).toMatchObject({ kills: 12, lost: 0, unopened: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
