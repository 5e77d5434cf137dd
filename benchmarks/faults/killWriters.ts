/** @file Starts writers of decisions, kills each at a random moment, and looks what is in the database after. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { createRng } from '../../server/src/game/rng.ts';
import { SqlitePreferenceStore } from '../../server/src/storage/sqlitePreferenceStore.ts';
import { silentLog } from '../../server/src/util/log.ts';

export interface Faults {
  readonly kills: number;
  /** Decisions that were acknowledged in all. */
  readonly acknowledged: number;
  /** Acknowledged decisions that were not there after a kill. */
  readonly lost: number;
  /** Times that the database did not open, or was set aside as damaged. */
  readonly unopened: number;
}

/** The longest that a writer lives after its first acknowledgement. */
const mostMs = 40;

export async function killWriters(
  folder: string,
  kills: number,
  seed: number,
  onKill: (done: number) => void = () => undefined,
): Promise<Faults> {
  const rng = createRng(seed);
  const acknowledged = new Set<string>();
  let [written, lost, unopened] = [0, 0, 0];
  for (let kill = 0; kill < kills; kill++) {
    const ids = await writeAndKill(folder, kill, mostMs * rng.next());
    written += ids.length;
    for (const id of ids) acknowledged.add(id);
    try {
      const { store, setAside } = SqlitePreferenceStore.open(folder, Date.now, silentLog);
      if (setAside !== null) unopened += 1;
      const kept = new Set(store.decisions({}, 0, -1).rows.map(({ id }) => String(id)));
      for (const id of acknowledged) if (!kept.has(id)) lost += 1;
      // The database stays small, so that a look at all of it stays quick; what is deleted is no longer expected.
      if (kept.size > 2000) {
        store.deleteMatching({});
        acknowledged.clear();
      }
      store.close();
    } catch {
      unopened += 1;
    }
    onKill(kill + 1);
  }
  return { kills, acknowledged: written, lost, unopened };
}

/** @returns the ids that the writer acknowledged before it was killed */
function writeAndKill(folder: string, number: number, afterMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const ids: string[] = [];
    const child = fork(join(import.meta.dirname, 'writeDecisions.ts'), [folder, String(number)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('error', reject);
    child.on('message', (id: string) => {
      if (ids.length === 0) setTimeout(() => child.kill('SIGKILL'), afterMs);
      ids.push(id);
    });
    child.once('close', () => resolve(ids));
  });
}
