/** @file What can be ended. VS Code's own `Disposable` is a class, and an emitter or a panel is none of its instances. */
export interface Disposable {
  dispose(): unknown;
}
