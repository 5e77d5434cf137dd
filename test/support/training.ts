/** @file The server's learning with a trainer that does as it is told, over real files: for unit tests of its life cycle. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TrainingStatus } from '../../server/protocol/status.ts';
import { defaultSettings, type Settings } from '../../server/protocol/settings.ts';
import { TrainingHandlers, type TrainingDependencies } from '../../server/src/lsp/trainingHandlers.ts';
import { WriterActivity } from '../../server/src/lsp/writerActivity.ts';
import { AdapterRegistry } from '../../server/src/storage/adapterRegistry.ts';
import { RunStore, writeResult, type RunResult } from '../../server/src/storage/runStore.ts';
import { SharedActivity } from '../../server/src/storage/sharedActivity.ts';
import { SqlitePreferenceStore } from '../../server/src/storage/sqlitePreferenceStore.ts';
import type { Trainer, TrainerEvents, TrainerOutcome } from '../../server/src/training/trainerProcess.ts';
import { DraftError } from '../../server/src/util/errors.ts';
import { silentLog } from '../../server/src/util/log.ts';

export const base = { title: 'Tiny', sha256: 'a'.repeat(64) };

export class ToldTrainer implements Trainer {
  readonly folder: string;
  readonly outcome: Promise<TrainerOutcome>;
  readonly #events: TrainerEvents;
  readonly #settle: { resolve: (outcome: TrainerOutcome) => void; reject: (error: Error) => void };
  paused = false;

  constructor(folder: string, events: TrainerEvents) {
    this.folder = folder;
    this.#events = events;
    const { promise, resolve, reject } = Promise.withResolvers<TrainerOutcome>();
    this.outcome = promise;
    this.#settle = { resolve, reject };
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.#events.onPaused(true);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#events.onPaused(false);
  }

  cancel(): void {
    this.#settle.resolve({ kind: 'cancelled' });
  }

  kill(): void {
    this.fail(new DraftError('trainingFailed', 'The trainer was ended by SIGKILL.'));
  }

  fail(error: DraftError): void {
    this.#settle.reject(error);
  }

  /** Leaves a result, as a trainer that came to its end does. */
  leaveResult(change: Partial<RunResult> = {}): string {
    const adapterPath = join(this.folder, 'adapter.gguf');
    writeFileSync(adapterPath, 'learned');
    return writeResult(this.folder, {
      adapterPath,
      winRate: { value: 0.6, low: 0.55, high: 0.7 },
      lengthRatio: 0.9,
      promoted: true,
      sentence: 'Learned from 24 decisions: better. In use now.',
      styles: {},
      followerStyles: {},
      ...change,
    });
  }

  done(change: Partial<RunResult> = {}): void {
    this.#settle.resolve({ kind: 'done', resultPath: this.leaveResult(change) });
  }
}

/** One window on `folder`; several may be opened on the same. */
export class Window {
  readonly store: SqlitePreferenceStore;
  readonly registry: AdapterRegistry;
  readonly runs: RunStore;
  readonly training: TrainingHandlers;
  readonly statuses: TrainingStatus[] = [];
  readonly trainers: ToldTrainer[] = [];
  learning: Settings['learning'] = { ...defaultSettings.learning, train: 'manual' };
  onMains = true;
  modelLoads = 0;

  constructor(folder: string, change: (window: Window) => Partial<TrainingDependencies> = () => ({})) {
    const bundled = join(folder, 'bundled');
    mkdirSync(bundled, { recursive: true });
    writeFileSync(join(bundled, 'adapter.gguf'), 'shipped');
    const file = { sha256: createHash('sha256').update('shipped').digest('hex'), sizeBytes: 7 };
    const described = { id: 0, baseModel: { name: base.title, sha256: base.sha256 }, file };
    writeFileSync(join(bundled, 'adapter.json'), JSON.stringify(described));
    this.store = SqlitePreferenceStore.open(folder, Date.now, silentLog).store;
    this.registry = new AdapterRegistry({ own: join(folder, 'adapters'), bundled });
    this.runs = new RunStore(join(folder, 'runs'), () => Date.now());
    const model = (): Promise<never> => {
      this.modelLoads += 1;
      const adapterFormat = this.registry.active(base)?.format ?? null;
      return Promise.resolve({ model: { sizeClass: 'tiny', adapterFormat } } as never); // all that is looked at
    };
    this.training = new TrainingHandlers({
      log: silentLog,
      now: Date.now,
      store: () => this.store,
      registry: this.registry,
      runs: this.runs,
      engine: { model, announceReady: () => Promise.resolve() },
      settings: () => Promise.resolve({ ...defaultSettings, learning: this.learning }),
      baseModel: () => Promise.resolve(base),
      modelPath: () => 'model.gguf',
      threads: () => 1,
      startTrainer: (runFolder, events) => {
        const trainer = new ToldTrainer(runFolder, events);
        this.trainers.push(trainer);
        return trainer;
      },
      activity: new WriterActivity(new SharedActivity(join(folder, 'activity'), Date.now), Date.now),
      onMains: () => Promise.resolve(this.onMains),
      onStatus: (status) => this.statuses.push(status),
      ...change(this),
    });
  }

  /** The newest trainer. */
  get trainer(): ToldTrainer {
    return this.trainers.at(-1)!; // a run was begun
  }

  get status(): TrainingStatus {
    return this.statuses.at(-1) ?? { state: 'idle' };
  }

  async close(): Promise<void> {
    await this.training.dispose();
    this.store.close();
  }
}
