/** @file Draws at once, then at most every so often, always the newest value. */
export interface Throttled<Value> {
  (value: Value): void;
  /** Forgets what was not drawn yet. */
  cancel(): void;
}

export function throttle<Value>(
  everyMs: number,
  draw: (value: Value) => void,
  now: () => number = Date.now,
): Throttled<Value> {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest: { value: Value } | undefined;
  const run = () => {
    timer = undefined;
    if (!newest) return;
    const { value } = newest;
    newest = undefined;
    draw(value);
    last = now(); // drawing takes its time too
  };
  const throttled = (value: Value) => {
    newest = { value };
    if (timer !== undefined) return;
    const wait = last + everyMs - now();
    if (wait <= 0) run();
    else timer = setTimeout(run, wait);
  };
  return Object.assign(throttled, {
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
      newest = undefined;
    },
  });
}
