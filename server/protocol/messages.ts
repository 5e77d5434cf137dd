/** @file The names of the messages that LSP has no word for; their types lie beside. Both sides import them; nobody copies them. */

export const method = {
  refine: 'secondDraft/refine',
  refineAgain: 'secondDraft/refineAgain',
  decide: 'secondDraft/decide',
  why: 'secondDraft/why',
  models: 'secondDraft/models',
  downloadModel: 'secondDraft/downloadModel',
  selectModel: 'secondDraft/selectModel',
  removeModel: 'secondDraft/removeModel',
  importModel: 'secondDraft/importModel',
  train: 'secondDraft/train',
  pauseTraining: 'secondDraft/pauseTraining',
  resumeTraining: 'secondDraft/resumeTraining',
  cancelTraining: 'secondDraft/cancelTraining',
  adapters: 'secondDraft/adapters',
  activateAdapter: 'secondDraft/activateAdapter',
  passages: 'secondDraft/passages',
  compareAdapters: 'secondDraft/compareAdapters',
  decisions: 'secondDraft/decisions',
  deleteDecisions: 'secondDraft/deleteDecisions',
  exportDecisions: 'secondDraft/exportDecisions',
  importDecisions: 'secondDraft/importDecisions',
  dashboard: 'secondDraft/dashboard',
  /** Notification, server → client. */
  status: 'secondDraft/status',
  /** Notification, client → server: what the machine and the writer are doing (idle time, mains, consent). */
  presence: 'secondDraft/presence',
} as const;

/** Command that standard LSP clients run through `workspace/executeCommand` (the code action carries it). */
export const serverCommand = {
  /** Arguments: [RefineParams]. Applies the last candidate with `workspace/applyEdit`; for editors without our review zone. */
  refineAndApply: 'secondDraft.server.refineAndApply',
  /** Arguments: [contextId, candidateId]. The standard `command` of an inline completion item. */
  inlineAccepted: 'secondDraft.server.inlineAccepted',
} as const;
