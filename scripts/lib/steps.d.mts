/** @file Types of what the tests use of steps.mjs. */

export function asTheSystemTakesIt(
  command: string,
  args: readonly string[],
  isWindows?: boolean,
): { readonly shell: boolean; readonly words: string[] };
