/** @file What comes over the wire, validated once, here. Schemas follow server/protocol; a mismatch of types does not compile. */
import * as v from 'valibot';
import type { CandidateId, ContextId, DecisionId } from '../../protocol/common.ts';
import type {
  DecideParams,
  DecisionFilter,
  DecisionsParams,
  DeleteDecisionsParams,
  ExportDecisionsParams,
  ImportDecisionsParams,
  RefinedText,
  WhyParams,
} from '../../protocol/decisions.ts';
import type { ActivateAdapterParams, CompareAdaptersParams, TrainParams } from '../../protocol/learning.ts';
import type { ImportModelParams, ModelParams } from '../../protocol/models.ts';
import type { RefineAgainParams, RefineParams } from '../../protocol/refine.ts';
import type { PresenceParams } from '../../protocol/status.ts';
import { defaultSettings, type InitializationOptions, type Settings } from '../../protocol/settings.ts';
import { DraftError } from '../util/errors.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const position = v.object({ line: count, character: count });
const range = v.object({ start: position, end: position });
const token = v.union([v.string(), v.number()]);
const contextId = v.pipe(
  v.string(),
  v.transform((id) => id as ContextId),
);
const candidateId = v.pipe(
  v.string(),
  v.transform((id) => id as CandidateId),
);

const task = v.picklist(['improve', 'shorten', 'clarify', 'fixGrammar', 'formal', 'friendly', 'custom']);

export const refineSchema = v.object({
  textDocument: v.object({ uri: v.string(), version: v.number() }),
  range,
  task,
  instruction: v.exactOptional(v.pipe(v.string(), v.maxLength(2000))),
  rounds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4))),
  partialResultToken: v.exactOptional(token),
}) satisfies v.GenericSchema<unknown, RefineParams>;

export const refineAgainSchema = v.object({
  contextId,
  candidateId,
  place: v.exactOptional(v.object({ version: v.number(), range })),
  partialResultToken: v.exactOptional(token),
}) satisfies v.GenericSchema<unknown, RefineAgainParams>;

/** Arguments of the command `inlineAccepted`. */
export const inlineAcceptedSchema = v.tuple([contextId, candidateId]);

export const presenceSchema = v.object({
  consent: v.picklist(['unasked', 'given', 'refused']),
  idleMs: v.pipe(v.number(), v.minValue(0)),
}) satisfies v.GenericSchema<unknown, PresenceParams>;

const decisionId = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((id) => id as DecisionId),
);
const kind = v.picklist([
  'accepted',
  'acceptedInPart',
  'rejected',
  'refinedAgain',
  'edited',
  'undone',
  'ownWording',
  'ghostAccepted',
  'ghostAcceptedInPart',
  'ghostTypedAsOffered',
  'ghostDismissed',
  'compared',
]);

const candidate = v.object({
  id: candidateId,
  role: v.picklist(['leader', 'follower']),
  round: count,
  text: v.string(),
  wordsChanged: count,
  timing: v.object({ firstWordMs: v.number(), totalMs: v.number(), tokens: count }),
  model: v.string(),
  adapter: v.nullable(count),
});

const refinedText = v.object({
  uri: v.string(),
  languageId: v.string(),
  task,
  instruction: v.string(),
  original: v.string(),
  before: v.string(),
  after: v.string(),
  candidates: v.array(candidate),
}) satisfies v.GenericSchema<unknown, RefinedText>;

export const decideSchema = v.object({
  contextId,
  candidateId: v.exactOptional(candidateId),
  kind,
  finalText: v.exactOptional(v.string()),
  share: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  seen: v.exactOptional(v.array(candidateId)),
  about: v.exactOptional(refinedText),
  decisionId: v.exactOptional(decisionId),
}) satisfies v.GenericSchema<unknown, DecideParams>;

const filter = v.object({
  search: v.exactOptional(v.string()),
  kinds: v.exactOptional(v.array(kind)),
  document: v.exactOptional(v.string()),
  workspace: v.exactOptional(v.string()),
  from: v.exactOptional(v.number()),
  to: v.exactOptional(v.number()),
}) satisfies v.GenericSchema<unknown, DecisionFilter>;

export const decisionsSchema = v.object({
  filter: v.exactOptional(filter),
  offset: v.exactOptional(count),
  limit: v.exactOptional(count),
}) satisfies v.GenericSchema<unknown, DecisionsParams>;

export const deleteDecisionsSchema = v.variant('what', [
  v.object({ what: v.literal('ids'), ids: v.array(decisionId) }),
  v.object({ what: v.literal('filter'), filter }),
  v.object({ what: v.literal('all'), adaptersToo: v.boolean() }),
]) satisfies v.GenericSchema<unknown, DeleteDecisionsParams>;

const path = v.pipe(v.string(), v.nonEmpty('a path is needed'));

export const exportDecisionsSchema = v.object({
  format: v.picklist(['jsonl', 'csv', 'parquet']),
  path,
  filter: v.exactOptional(filter),
}) satisfies v.GenericSchema<unknown, ExportDecisionsParams>;

export const importDecisionsSchema = v.object({ path }) satisfies v.GenericSchema<
  unknown,
  ImportDecisionsParams
>;

const adapterId = v.nullable(count);

export const activateAdapterSchema = v.object({ id: adapterId }) satisfies v.GenericSchema<
  unknown,
  ActivateAdapterParams
>;

export const compareAdaptersSchema = v.pipe(
  v.object({
    a: adapterId,
    b: adapterId,
    text: v.exactOptional(v.pipe(v.string(), v.nonEmpty('a text is needed'), v.maxLength(4000))),
    passage: v.exactOptional(contextId),
  }),
  v.check(
    ({ text, passage }) => (text === undefined) !== (passage === undefined),
    'either a text or a passage is needed',
  ),
) satisfies v.GenericSchema<unknown, CompareAdaptersParams>;

export const whySchema = v.object({ contextId, candidateId }) satisfies v.GenericSchema<unknown, WhyParams>;

export const trainSchema = v.object({ why: v.picklist(['user', 'automatic']) }) satisfies v.GenericSchema<
  unknown,
  TrainParams
>;

export const modelSchema = v.object({ id: v.string() }) satisfies v.GenericSchema<unknown, ModelParams>;

export const importModelSchema = v.object({ path }) satisfies v.GenericSchema<unknown, ImportModelParams>;

/** Requests that say nothing more than their name. */
export const nothingSchema = v.unknown();

/** A setting that is missing or wrong takes its default, and only that one. */
function orDefault<const S extends v.GenericSchema>(schema: S, fallback: v.InferOutput<S>) {
  return v.optional(v.fallback(schema, fallback), fallback as never);
}

const d = defaultSettings;
const positive = v.pipe(v.number(), v.minValue(0));
/** A game without a price on leaving the reference has no solution to be found by softmax. */
const temperature = v.pipe(v.number(), v.minValue(0.001));

const settingsSchema = v.object({
  enable: orDefault(v.boolean(), d.enable),
  refine: v.object({
    rounds: orDefault(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4)), d.refine.rounds),
    maxWords: orDefault(v.pipe(v.number(), v.integer(), v.minValue(1)), d.refine.maxWords),
    instruction: orDefault(v.string(), d.refine.instruction),
  }),
  inlineSuggestions: v.object({
    trigger: orDefault(v.picklist(['onPause', 'onDemand', 'off']), d.inlineSuggestions.trigger),
    delayMs: orDefault(positive, d.inlineSuggestions.delayMs),
    yieldToOthers: orDefault(v.boolean(), d.inlineSuggestions.yieldToOthers),
  }),
  model: v.object({ id: orDefault(v.string(), d.model.id), path: orDefault(v.string(), d.model.path) }),
  server: v.object({ url: orDefault(v.string(), d.server.url) }),
  storage: v.object({ path: orDefault(v.string(), d.storage.path) }),
  engine: v.object({
    gpu: orDefault(v.picklist(['auto', 'cuda', 'metal', 'vulkan', 'off']), d.engine.gpu),
    threads: orDefault(count, d.engine.threads),
  }),
  learning: v.object({
    record: orDefault(v.boolean(), d.learning.record),
    exclude: orDefault(v.array(v.string()), [...d.learning.exclude]),
    train: orDefault(v.picklist(['automatic', 'manual', 'off']), d.learning.train),
    minDecisions: orDefault(v.pipe(v.number(), v.integer(), v.minValue(1)), d.learning.minDecisions),
    onBattery: orDefault(v.boolean(), d.learning.onBattery),
    everyHours: orDefault(positive, d.learning.everyHours),
    budgetMinutes: orDefault(positive, d.learning.budgetMinutes),
    steps: orDefault(count, d.learning.steps),
    groupSize: orDefault(count, d.learning.groupSize),
    rounds: orDefault(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4)), d.learning.rounds),
    betaLeader: orDefault(temperature, d.learning.betaLeader),
    betaFollower: orDefault(temperature, d.learning.betaFollower),
    kappa: orDefault(positive, d.learning.kappa),
    parameters: orDefault(v.picklist(['styles', 'all']), d.learning.parameters),
    adapters: orDefault(v.picklist(['one', 'perRole']), d.learning.adapters),
  }),
  trace: v.object({ server: orDefault(v.picklist(['off', 'messages', 'verbose']), d.trace.server) }),
});

/** Each for itself: what is wrong costs only itself. */
const initializationFields = {
  storagePath: path,
  bundledPath: path,
  settings: v.record(v.string(), v.unknown()),
  consent: v.picklist(['unasked', 'given', 'refused']),
};

/** Settings from whatever an editor sent: what is missing or wrong takes its default. */
export function parseSettings(raw: unknown): Settings {
  const given = isRecord(raw) ? raw : {};
  // Whole groups may be missing; the schema itself fills in single settings.
  const groups = Object.entries(defaultSettings).map(([key, value]): [string, unknown] => [
    key,
    isRecord(value) ? (isRecord(given[key]) ? given[key] : {}) : given[key],
  ]);
  return v.parse(settingsSchema, Object.fromEntries(groups.filter(([, value]) => value !== undefined)));
}

/**
 * Options from whatever an editor sent; every one of them may be missing.
 * @param warn is told of each that is wrong, which then counts as missing
 */
export function parseInitialization(
  raw: unknown,
  warn: (message: string) => void,
): Partial<InitializationOptions> & { consent: PresenceParams['consent'] } {
  const given = isRecord(raw) ? raw : {};
  const read = <Name extends keyof typeof initializationFields>(name: Name) => {
    const value = given[name] ?? undefined;
    if (value === undefined) return undefined;
    const result = v.safeParse(initializationFields[name], value);
    if (result.success) return result.output;
    warn(`initializationOptions.${name} is not used: ${result.issues[0].message}`);
    return undefined;
  };
  const [storagePath, bundledPath, settings] = [read('storagePath'), read('bundledPath'), read('settings')];
  return {
    consent: read('consent') ?? 'unasked',
    ...(storagePath !== undefined && { storagePath }),
    ...(bundledPath !== undefined && { bundledPath }),
    ...(settings && { settings: parseSettings(settings) }),
  };
}

/** @throws DraftError `badRequest` that names the first wrong field */
export function parse<S extends v.GenericSchema>(schema: S, raw: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new DraftError(
    'badRequest',
    `The request is not right: ${v.getDotPath(issue) ?? 'params'}: ${issue.message}`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
