/** @file What the server and the forked trainer say to each other. */

export type ToTrainer =
  | { readonly type: 'start'; readonly runFolder: string }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'cancel' };

export type FromTrainer =
  | { readonly type: 'ready' }
  | {
      readonly type: 'progress';
      readonly doing: string;
      readonly step: number;
      readonly steps: number;
      readonly etaMs: number | null;
    }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'done'; readonly resultPath: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
