/** @file The writer's preference model as the handlers have it: fitted anew when decisions came or went. */
import { fitPreferenceModel } from '../preferences/fitPreferenceModel.ts';
import type { PreferenceModel } from '../preferences/preferenceModel.ts';
import type { PreferenceStore } from '../storage/preferenceStore.ts';
import type { Log } from '../util/log.ts';

interface Fitted {
  readonly decisions: number;
  /** Of the store when it was fitted. */
  readonly revision: string;
  readonly model: PreferenceModel | null;
}

const fitSeed = 1;
/** A fit of a thousand decisions takes half a second: it waits until what it was asked for is answered. */
const waitMs = 2000;
/** As much as this must be new before ghost text has it fitted again. */
const newShare = 0.05;

export class Taste {
  readonly #store: () => PreferenceStore;
  readonly #log: Log;
  #fitted: Fitted | undefined;
  #due: ReturnType<typeof setTimeout> | undefined;

  constructor(store: () => PreferenceStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** By all decisions so far; null while there are too few. @throws DraftError while the store can't be had */
  current(): PreferenceModel | null {
    const store = this.#store();
    const revision = store.revision();
    if (this.#fitted?.revision !== revision) {
      const fit = fitPreferenceModel(store.comparisons(), { seed: fitSeed });
      this.#fitted = {
        decisions: store.decisionsSince(-1),
        revision,
        model: fit.kind === 'model' ? fit : null,
      };
    }
    return this.#fitted.model;
  }

  /**
   * Without a wait: the latest model, which may not know the newest decisions; a fit that is due happens later. null while there is none,
   * while the store can't be had, and as soon as decisions were deleted.
   */
  atHand(): PreferenceModel | null {
    try {
      const store = this.#store();
      const decisions = store.decisionsSince(-1);
      const known = this.#fitted?.decisions ?? 0;
      // Not more, but not the same: some were deleted.
      if (this.#fitted && decisions <= known && store.revision() !== this.#fitted.revision)
        this.#fitted = undefined;
      if (decisions > 0 && (!this.#fitted || decisions - known > newShare * known)) this.#fitLater();
      return this.#fitted?.model ?? null;
    } catch {
      return null; // whoever keeps decisions says what is wrong with the store
    }
  }

  #fitLater(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      try {
        this.current();
      } catch (error) {
        this.#log.warn(`The writer's taste could not be read: ${String(error)}`);
      }
    }, waitMs);
    this.#due.unref();
  }

  dispose(): void {
    clearTimeout(this.#due);
  }
}
