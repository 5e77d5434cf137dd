/** @file Messages about models. Types only. */

export type ModelFit = 'runsWell' | 'slow' | 'tooLarge';

export interface ModelRow {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly sizeBytes: number;
  readonly needsBytes: number;
  readonly fit: ModelFit;
  readonly installed: boolean;
  readonly bundled: boolean;
  readonly selected: boolean;
  readonly goodFor: string;
}

/** A file in the folder of the models that can't be used; deleted by its id, as a model is. */
export interface LeftoverRow {
  readonly id: string;
  readonly title: string;
  readonly kind: 'damaged' | 'unfinished';
  readonly sizeBytes: number;
}

export interface ModelsResult {
  readonly models: readonly ModelRow[];
  readonly leftovers: readonly LeftoverRow[];
  readonly freeBytes: number;
  readonly gpu: string | null;
  readonly threads: number;
}

export interface ModelParams {
  readonly id: string;
}

export interface ImportModelParams {
  readonly path: string;
}
