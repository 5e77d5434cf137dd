/** @file Writes decisions as fast as it can and says which are on disk; made to be killed. Arguments: folder, number of this writer. */
import type { CandidateId, ContextId, DecisionId } from '../../server/protocol/common.ts';
import { SqlitePreferenceStore } from '../../server/src/storage/sqlitePreferenceStore.ts';
import { silentLog } from '../../server/src/util/log.ts';

const [folder = '', number = '0'] = process.argv.slice(2);
const { store } = SqlitePreferenceStore.open(folder, Date.now, silentLog);
for (let i = 0; ; i++) {
  const contextId = `c${number}-${i}` as ContextId;
  const candidateId = `k${number}-${i}` as CandidateId;
  const id = `d${number}-${i}` as DecisionId;
  const text = `She go to the office ${i} times. `.repeat(8);
  store.record(
    {
      id: contextId,
      time: i,
      document: 'file:///letter.md',
      workspace: '',
      language: 'markdown',
      task: 'improve',
      instruction: '',
      original: text,
      before: text,
      after: text,
    },
    [
      {
        id: candidateId,
        contextId,
        role: 'leader',
        round: 0,
        text: text.replaceAll('go', 'goes'),
        model: 'm',
        adapter: 0,
        logProb: null,
        totalMs: 1,
      },
    ],
    {
      id,
      contextId,
      candidateId,
      kind: 'accepted',
      time: i,
      finalText: null,
      share: null,
      seen: [candidateId],
    },
  );
  process.send?.(id);
  await new Promise((resolve) => setImmediate(resolve)); // the message leaves
}
