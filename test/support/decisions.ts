/** @file Contexts, candidates and decisions for the tests of the store. */
import type { CandidateId, ContextId, DecisionId, DecisionKind } from '../../server/protocol/messages.ts';
import type { NewCandidate, NewContext, NewDecision } from '../../server/src/storage/preferenceStore.ts';

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
