/**
 * @file What the model once wrote, kept on disk: texts of temperature 0 depend on the model, the adapter and the mixture of styles, not on
 * the writer or the seed, so that a table of many writers and seeds asks the model only once.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShownAnswer } from '../../server/src/training/answers.ts';
import type { TrainingContext } from '../../server/src/training/candidates.ts';
import type { Role } from '../../server/protocol/common.ts';
import type { MixtureMeasures, MixtureSource, MixtureWriter } from '../../server/src/training/mixtures.ts';
import type { Shares } from '../../server/src/training/styleGame.ts';

export class Memory {
  readonly #folder: string;

  /** @param folder of one model, adapter and set of styles */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  read(name: string): unknown {
    const path = this.#path(name);
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  }

  write(name: string, value: unknown): void {
    writeFileSync(this.#path(name), JSON.stringify(value));
  }

  async of<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.read(name);
    if (known !== undefined) return known as T;
    const made = await make();
    this.write(name, made);
    return made;
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

type KeptAnswer = Omit<ShownAnswer, 'context'>;

interface Kept {
  readonly answers: Record<string, KeptAnswer>;
  /** Seconds that one answer took. */
  readonly secondsEach: number;
}

interface KeptMeasures extends MixtureMeasures {
  readonly seconds: number;
}

export const nameOf = (shares: Shares): string => `mixture${shares.map((share) => `_${share}`).join('')}`;

/** Asks only for the texts that are not known yet. The KL of a mixture is that of the texts that it was measured with first. */
export class RememberedMixtures implements MixtureSource {
  readonly #source: MixtureWriter;
  readonly #memory: Memory;
  /** What all answers that were asked for took when they were written. */
  seconds = 0;

  constructor(source: MixtureWriter, memory: Memory) {
    this.#source = source;
    this.#memory = memory;
  }

  get styles(): MixtureSource['styles'] {
    return this.#source.styles;
  }

  get fingerprint(): string {
    return this.#source.fingerprint;
  }

  place(shares: Shares): void {
    this.#source.place(shares);
  }

  async answer(
    shares: Shares,
    contexts: readonly TrainingContext[],
    drafts?: readonly (string | null)[],
  ): Promise<ShownAnswer[]> {
    const name = drafts ? `${nameOf(shares)}-replies` : nameOf(shares);
    const keyOf = ({ original }: TrainingContext, draft?: string | null): string =>
      drafts ? JSON.stringify([original, draft]) : original;
    let kept = this.#memory.read(name) as Kept | undefined;
    const asked = contexts.map((context, i) => ({
      context,
      draft: drafts?.[i],
      key: keyOf(context, drafts?.[i]),
    }));
    const missing = asked.filter(({ key }) => kept?.answers[key] === undefined);
    const unknown = missing.map(({ context }) => context);
    if (unknown.length > 0) {
      const started = performance.now();
      const before = drafts && missing.map(({ draft }) => draft ?? null);
      const answers = await this.#source.answer(shares, unknown, before);
      const secondsEach = (performance.now() - started) / 1000 / unknown.length;
      const added = answers.map((answer, i) => [missing[i]!.key, withoutContext(answer)] as const); // one for each
      kept = {
        answers: { ...kept?.answers, ...Object.fromEntries(added) },
        secondsEach: kept?.secondsEach ?? secondsEach,
      };
      this.#memory.write(name, kept);
    }
    const { answers: known, secondsEach } = kept!; // there, or just made
    this.seconds += secondsEach * contexts.length;
    return asked.map(({ context, key }): ShownAnswer => ({ context, ...known[key]! }));
  }

  async measure(
    shares: Shares,
    answers: Parameters<MixtureSource['measure']>[1],
    roles: readonly Role[],
  ): Promise<MixtureMeasures> {
    const { seconds, ...measures } = await this.#memory.of(
      `measures-${roles.join('-')}-${nameOf(shares)}`,
      async (): Promise<KeptMeasures> => {
        const started = performance.now();
        const made = await this.#source.measure(shares, answers, roles);
        return { ...made, seconds: (performance.now() - started) / 1000 };
      },
    );
    this.seconds += seconds;
    return measures;
  }
}

function withoutContext(answer: ShownAnswer): KeptAnswer {
  const { draft, text, tokens, ended } = answer;
  return { draft, text, tokens, ended };
}
