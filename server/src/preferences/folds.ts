/** @file Deals decisions to folds so that what belongs together stays together; deterministic from a seed. */

/** FNV-1a of a text, begun from a seed. */
function hash(text: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h;
}

/** The fold of every item: groups by size, largest first (ties in seeded order), each to the smallest fold. */
export function foldsOf(groups: readonly string[], count: number, seed: number): number[] {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const order = [...sizes]
    .map(([group, size]) => ({ group, size, tie: hash(group, seed) }))
    .sort((a, b) => b.size - a.size || a.tie - b.tie || (a.group < b.group ? -1 : 1));
  const load = new Array<number>(count).fill(0);
  const foldOf = new Map<string, number>();
  for (const { group, size } of order) {
    const fold = load.indexOf(Math.min(...load));
    foldOf.set(group, fold);
    load[fold] = (load[fold] ?? 0) + size;
  }
  return groups.map((group) => foldOf.get(group) ?? 0);
}
