/** @file Rebuilding a part of the page under a reader's hands: what was unfolded stays so, and the focus stays where it was. */

const focusable = 'button, summary, input, select, a[href]';

/** Replaces what is in `parent`. Where the focused element is gone, the one at its place has the focus. */
export function rebuild(parent: HTMLElement, ...children: readonly Node[]): void {
  const unfolded = new Set([...byName<HTMLDetailsElement>(parent, 'details')].flatMap(openOnes));
  const before = byName<HTMLElement>(parent, focusable);
  const place = [...before.values()].findIndex((element) => element === document.activeElement);
  const name = [...before.keys()][place];
  parent.replaceChildren(...children);
  for (const [of, details] of byName<HTMLDetailsElement>(parent, 'details')) details.open = unfolded.has(of);
  if (name === undefined) return;
  const after = byName<HTMLElement>(parent, focusable);
  const next = after.get(name) ?? [...after.values()][Math.min(place, after.size - 1)];
  next?.focus({ preventScroll: true });
}

/** Elements by what they are called and where they stand; equal ones are numbered. */
function byName<E extends HTMLElement>(parent: HTMLElement, selector: string): Map<string, E> {
  const found = new Map<string, E>();
  for (const element of parent.querySelectorAll<E>(selector)) {
    const label =
      element.getAttribute('aria-label') ?? (element.querySelector('summary') ?? element).textContent;
    const name = `${element.closest('[id]')?.id ?? ''} ${element.tagName} ${label}`;
    let number = 0;
    while (found.has(`${name} ${String(number)}`)) number += 1;
    found.set(`${name} ${String(number)}`, element);
  }
  return found;
}

function openOnes([name, details]: readonly [string, HTMLDetailsElement]): string[] {
  return details.open ? [name] : [];
}
