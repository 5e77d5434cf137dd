/** @file Contexts, candidates and decisions for the tests of the store. */
import type { CandidateId, ContextId, DecisionId } from '../../server/protocol/common.ts';
import type { DecisionKind } from '../../server/protocol/decisions.ts';
import type { NewCandidate, NewContext, NewDecision } from '../../server/src/storage/preferenceStore.ts';
import { SqlitePreferenceStore } from '../../server/src/storage/sqlitePreferenceStore.ts';
import { silentLog } from '../../server/src/util/log.ts';

export interface Recorded {
  readonly context: NewContext;
  readonly candidates: readonly NewCandidate[];
  readonly decision: NewDecision;
}

/** The `number`-th decision: a context with a leader and a follower, about the follower. */
export function decisionNumber(
  number: number,
  kind: DecisionKind = 'accepted',
  change: Partial<NewContext> = {},
): Recorded {
  const context: NewContext = {
    id: `context-${number}` as ContextId,
    time: 1000 + number,
    document: 'notes.md',
    workspace: 'home',
    language: 'markdown',
    task: 'improve',
    instruction: '',
    original: `She go home ${number} times.`,
    before: '',
    after: '',
    ...change,
  };
  const candidate = (role: 'leader' | 'follower', text: string): NewCandidate => ({
    id: `${role}-${number}` as CandidateId,
    contextId: context.id,
    role,
    round: role === 'leader' ? 0 : 1,
    text,
    model: 'test',
    adapter: null,
    logProb: null,
    totalMs: 5,
  });
  const candidates = [
    candidate('leader', `She goes home ${number} time.`),
    candidate('follower', `She goes home ${number} times.`),
  ];
  return {
    context,
    candidates,
    decision: {
      id: `decision-${number}` as DecisionId,
      contextId: context.id,
      candidateId: `follower-${number}` as CandidateId,
      kind,
      time: 2000 + number,
      finalText: null,
      share: null,
      seen: candidates.map(({ id }) => id),
    },
  };
}

const names = [
  'Anna',
  'Boris',
  'Carla',
  'David',
  'Emma',
  'Felix',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Klara',
  'Lukas',
  'Maria',
];
const verbs = ['writes', 'reads', 'sends', 'brings'];

/** A writer who takes the shorter text: `count` decisions on as many texts, written as another window would. */
export function keepDecisions(storagePath: string, count: number): void {
  const { store } = SqlitePreferenceStore.open(storagePath, Date.now, silentLog);
  for (let i = 0; i < count; i++) {
    const name = names[i % names.length]!; // in range
    const original = `${name} really ${verbs[i % verbs.length]!} very many letters to the office in town.`; // in range
    const shorter = original.replace(' really', '').replace(' very', '');
    const contextId = `c${i}` as ContextId;
    const candidateId = `k${i}` as CandidateId;
    const longer = i % 2 === 1;
    store.record(
      {
        id: contextId,
        time: i + 1,
        document: `file:///letter${i % 7}.md`,
        workspace: '',
        language: 'markdown',
        task: 'improve',
        instruction: '',
        original,
        before: '',
        after: '',
      },
      [
        {
          id: candidateId,
          contextId,
          role: 'leader',
          round: 0,
          text: longer ? original.replace('letters', 'letters and also cards') : shorter,
          model: 'm',
          adapter: 0,
          logProb: null,
          totalMs: 1,
        },
      ],
      {
        id: `d${i}` as DecisionId,
        contextId,
        candidateId,
        kind: longer ? 'rejected' : 'accepted',
        time: i + 1,
        finalText: null,
        share: null,
        seen: [candidateId],
      },
    );
  }
  store.close();
}
