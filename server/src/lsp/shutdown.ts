/** @file Ending in time: what does not end soon is left to the end of the process. */

/** Editors kill a server that has not answered `shutdown` after two seconds. */
export const shutdownMs = 1500;

/** Resolves once `work` is done, after so many milliseconds at the latest. @throws what `work` throws until then */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
