/** @file What the server says of itself, and what the client says of the writer and the machine. Types only. */
import type { AdapterId, Role, RunId } from './common.ts';
import type { ErrorCode } from './errors.ts';

export type Status =
  | { readonly state: 'ready'; readonly model: string; readonly adapter: AdapterId | null }
  | { readonly state: 'loading'; readonly model: string }
  | { readonly state: 'writing'; readonly role: Role | 'inline' }
  | {
      readonly state: 'downloading';
      readonly model: string;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly state: 'broken'; readonly code: ErrorCode; readonly message: string };

export type TrainingStatus =
  | { readonly state: 'idle' }
  /** Another window on the same data learns; how far it is only that one knows. */
  | { readonly state: 'elsewhere' }
  | {
      readonly state: 'running' | 'paused';
      readonly runId: RunId;
      readonly doing: string;
      readonly step: number;
      readonly steps: number;
      readonly decisions: number;
      readonly etaMs: number | null;
      readonly why?: 'battery' | 'writing' | 'user';
    };

export interface StatusParams {
  readonly status: Status;
  readonly training: TrainingStatus;
  /** Whether decisions are being kept. */
  readonly recording: boolean;
}

export interface PresenceParams {
  /** The writer has answered the question about keeping decisions. */
  readonly consent: 'unasked' | 'given' | 'refused';
  /** Time since the last keystroke in any window of this extension host. */
  readonly idleMs: number;
}
