/** @file What all messages speak of: places in a text, ids, roles and tasks. Types only. */

/** Zero-based, UTF-16, as in LSP. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };
export type ContextId = Id<'ContextId'>;
export type CandidateId = Id<'CandidateId'>;
export type DecisionId = Id<'DecisionId'>;
export type RunId = Id<'RunId'>;
/** Adapters are numbered; 0 is the editing adapter that ships with the embedded model. */
export type AdapterId = number;

export type Role = 'leader' | 'follower';

/** What the writer wants of the text. `custom` carries the words in `RefineParams.instruction`. */
export type Task = 'improve' | 'shorten' | 'clarify' | 'fixGrammar' | 'formal' | 'friendly' | 'custom';
