/** @file The seam between writing and the model that writes. modelHost implements it on llama.cpp, remoteModel over HTTP. */

export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

export interface GenerateOptions {
  /** The conversation; its fixed beginning (system and example turns) is kept in the KV cache between calls. */
  readonly turns: readonly ChatTurn[];
  /** 'model': the model's own chat template (default); 'bare': ChatML without a default system turn, as editing adapters are trained. */
  readonly template?: 'model' | 'bare';
  /** Who writes; an adapter may have a part for each. Default: the leader. */
  readonly role?: 'leader' | 'follower';
  /** A ready style that the text should have more of; who has none of this name writes as ever. */
  readonly style?: string;
  /** A text that the output will mostly copy, for aggressive decoding; absent: plain decoding. */
  readonly copyFrom?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
  /** Called with the whole text so far, at most once per decode step. */
  readonly onText?: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Generated {
  readonly text: string;
  /** 'end': the model ended by itself; 'length': the token limit cut it off. */
  readonly stop: 'end' | 'length';
  readonly tokens: number;
  readonly promptTokens: number;
  /** Model steps (batches evaluated); fewer than tokens where guesses were accepted. */
  readonly steps: number;
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

export interface TokenScores {
  /** Natural log-probability of each token after the first, in order. */
  readonly logProbs: readonly number[];
}

export interface ContinueOptions {
  /** Plain text, no conversation: the plain model goes on from its end, without any adapter. */
  readonly text: string;
  readonly maxTokens: number;
  /** How many more continuations are drawn beside the likeliest one, in the same batches; default 0. */
  readonly draws?: number;
  /** Called after every token of each continuation, with the whole of it and each token's probability; true ends that one. */
  readonly enough: (text: string, probabilities: readonly number[]) => boolean;
  readonly signal: AbortSignal;
}

export interface Continuation {
  readonly text: string;
  /** The model's probability of each token as a share of what the 128 likeliest have together, 0–1, in order. */
  readonly probabilities: readonly number[];
}

/** The likeliest continuation. */
export interface Continued extends Continuation {
  /** Those that were drawn, at temperature 1 from the 128 likeliest tokens. */
  readonly drawn: readonly Continuation[];
  /** Tokens of the text that had to be evaluated; the others were still in the cache. */
  readonly promptTokens: number;
  readonly promptMs: number;
  readonly totalMs: number;
}

export interface WeighOptions extends Pick<
  GenerateOptions,
  'turns' | 'template' | 'role' | 'style' | 'signal'
> {
  /** What the assistant wrote. */
  readonly text: string;
  /** The same text with something else in one place, each. */
  readonly others: readonly string[];
}

export interface TextModel {
  /** For people: "SmolLM2 135M". */
  readonly title: string;
  readonly sizeClass: 'tiny' | 'small' | 'large';
  /** The prompt format of the active editing adapter, or null where the plain model writes. */
  readonly adapterFormat: 'edit-1' | null;
  /** Writes the assistant's turn. Rejects with CancelledError when the signal aborts. */
  generate(options: GenerateOptions): Promise<Generated>;
  /**
   * How much likelier the assistant writes the text than each of the others: log π(text) − log π(other) in nats, up to a few tokens behind
   * where they differ. Null where the model can't tell. Rejects with CancelledError when the signal aborts.
   */
  weigh(options: WeighOptions): Promise<readonly number[] | null>;
  /** The likeliest continuation of a text, and others. Rejects with CancelledError when the signal aborts. */
  continueText(options: ContinueOptions): Promise<Continued>;
  /** Log-probs of plain text after the beginning-of-sequence token, for the preference model's features. */
  score(texts: readonly string[], signal: AbortSignal): Promise<readonly TokenScores[]>;
  countTokens(text: string): number;
  dispose(): Promise<void>;
}
