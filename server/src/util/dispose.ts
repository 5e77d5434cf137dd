/** @file Lifecycles: what owns a resource is a disposable, disposed by whoever created it, in reverse order. */

export interface Disposable {
  dispose(): void | Promise<void>;
}

/** Collects disposables and disposes them in reverse order, once. */
export class DisposableStack implements Disposable {
  #items: Disposable[] = [];

  use<T extends Disposable>(item: T): T {
    this.#items.push(item);
    return item;
  }

  defer(action: () => void | Promise<void>): void {
    this.#items.push({ dispose: action });
  }

  /** Disposes everything even when one of them throws; the first error is rethrown at the end. */
  async dispose(): Promise<void> {
    const items = this.#items.reverse();
    this.#items = [];
    const errors: unknown[] = [];
    for (const item of items) {
      try {
        await item.dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
