/**
 * @file The settings `secondDraft.*` as they travel over `workspace/configuration`.
 * Defaults live in package.json for VS Code and in `defaultSettings` for other editors; a unit test holds them together.
 */

export interface Settings {
  readonly enable: boolean;
  readonly refine: {
    /** Follower rounds, 0–4. */
    readonly rounds: number;
    readonly maxWords: number;
    /** A standing instruction of the writer's, added to every refine, but for the editing adapter, which knows no other wishes than it was taught; '' for none. */
    readonly instruction: string;
  };
  readonly inlineSuggestions: {
    readonly trigger: 'onPause' | 'onDemand' | 'off';
    readonly delayMs: number;
    readonly yieldToOthers: boolean;
  };
  readonly model: { readonly id: string; readonly path: string };
  readonly server: { readonly url: string };
  readonly storage: { readonly path: string };
  readonly engine: {
    readonly gpu: 'auto' | 'cuda' | 'metal' | 'vulkan' | 'off';
    /** 0 = automatic. */
    readonly threads: number;
  };
  readonly learning: {
    readonly record: boolean;
    /** Glob patterns of files and folders in which nothing is recorded. */
    readonly exclude: readonly string[];
    readonly train: 'automatic' | 'manual' | 'off';
    readonly minDecisions: number;
    readonly onBattery: boolean;
    /** At most one automatic run in this many hours. */
    readonly everyHours: number;
    /** A run ends after this many minutes at the latest. */
    readonly budgetMinutes: number;
    readonly steps: number;
    /** Candidates per context and role in one pool. */
    readonly groupSize: number;
    /** Follower rounds of a step: replies to drafts, then to replies. */
    readonly rounds: number;
    readonly betaLeader: number;
    readonly betaFollower: number;
    readonly kappa: number;
    /** What a run may change: the shares of the model's ready styles, where there are any, or all of the adapter's parameters. */
    readonly parameters: 'styles' | 'all';
    /** Whether leader and follower write with one adapter or each with their own; two need the ready styles. */
    readonly adapters: 'one' | 'perRole';
  };
  readonly trace: { readonly server: 'off' | 'messages' | 'verbose' };
}

export const defaultSettings: Settings = {
  enable: true,
  refine: { rounds: 1, maxWords: 2000, instruction: '' },
  inlineSuggestions: { trigger: 'onPause', delayMs: 1000, yieldToOthers: true },
  model: { id: 'auto', path: '' },
  server: { url: '' },
  storage: { path: '' },
  engine: { gpu: 'auto', threads: 0 },
  learning: {
    record: true,
    exclude: [],
    train: 'automatic',
    minDecisions: 20,
    onBattery: false,
    everyHours: 6,
    budgetMinutes: 30,
    steps: 20,
    groupSize: 8,
    rounds: 1,
    betaLeader: 0.05,
    betaFollower: 0.05,
    kappa: 5,
    parameters: 'styles',
    adapters: 'one',
  },
  trace: { server: 'off' },
};

/** `initializationOptions` of the language server. */
export interface InitializationOptions {
  /** The folder that holds models, adapters, runs and the database. */
  readonly storagePath: string;
  /** The extension's folder, where the embedded model and its editing adapter lie. */
  readonly bundledPath: string;
  /** Settings for editors that do not answer `workspace/configuration`. */
  readonly settings?: Partial<Settings>;
  /** Whether the writer has agreed that decisions are kept. */
  readonly consent?: 'unasked' | 'given' | 'refused';
}
