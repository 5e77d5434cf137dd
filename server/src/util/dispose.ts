/** @file Lifecycles: what owns a resource is a disposable, disposed by whoever created it. */

export interface Disposable {
  dispose(): void | Promise<void>;
}
