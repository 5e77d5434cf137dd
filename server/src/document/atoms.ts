/**
 * @file Prose with markup as a row of atoms: what the model sees of each, and the bytes that stand in the document. Rewritten text is
 * put back by word edits, so that markup outside the changed words survives byte for byte.
 */
import { wordEdits, type WordEdit } from './edits.ts';

export interface Atom {
  /** What the model sees; '' for markers such as `**` or `](address)`. */
  readonly visible: string;
  /** What stands in the document. */
  readonly raw: string;
  /**
   * text: may be changed. frozen: shown, but a change of it is refused. open, close: markers, which stay beside the words that they
   * hold; `pair` joins the two. A pair whose words are deleted goes too when it is only emphasis, else the deletion is refused, and so are
   * words that are another's.
   */
  readonly kind: 'text' | 'frozen' | 'open' | 'close';
  readonly pair?: number;
  readonly emphasis?: boolean;
}

export function visibleText(atoms: readonly Atom[]): string {
  return atoms.map((atom) => atom.visible).join('');
}

/** What is hidden between two spaces (a command, a comment) takes the second with it: the model, which sees one space there, writes one. */
export function hideSpaces(atoms: readonly Atom[]): Atom[] {
  const closed = new Set(atoms.flatMap(({ kind, pair }) => (kind === 'close' ? [pair] : [])));
  const out: Atom[] = [];
  let isBehindSpace = false;
  for (const atom of atoms) {
    const last = out.at(-1);
    const isHidden = last?.kind === 'open' && last.visible === '' && !closed.has(last.pair);
    if (!last || !isHidden || !isBehindSpace || atom.kind !== 'text' || !atom.visible.startsWith(' ')) {
      out.push(atom);
      if (atom.visible !== '') isBehindSpace = atom.visible.endsWith(' ');
      continue;
    }
    const taken = atom.visible === ' ' ? atom.raw : ' ';
    out[out.length - 1] = { ...last, raw: last.raw + taken };
    const left = { ...atom, visible: atom.visible.slice(1), raw: atom.raw.slice(taken.length) };
    if (left.visible !== '') {
      out.push(left);
      isBehindSpace = left.visible.endsWith(' ');
    }
  }
  return out;
}

/**
 * The document's bytes for a rewritten visible text.
 * @param escape makes new words safe to stand in the document's language
 * @returns null when the rewrite touches what must not change
 */
export function applyRewrite(
  atoms: readonly Atom[],
  rewritten: string,
  escape: (words: string) => string = (words) => words,
): string | null {
  const visible = visibleText(atoms);
  const edits = wordEdits(visible, rewritten).map((edit) => ({
    ...edit,
    text: escape(edit.text),
    old: visible.slice(edit.start, edit.end),
  }));
  const placed =
    splitAtEdits(atoms, edits) ??
    splitAtEdits(
      atoms,
      edits.map((edit) => (splitAtEdits(atoms, [edit]) ? edit : withSpaceBefore(edit, visible))),
    );
  return placed && keepsLinks(placed) ? render(placed) : null;
}

/** An edit together with the words that it replaces. */
interface Change extends WordEdit {
  readonly old: string;
}

/** Words deleted with the space before them in place of the one behind, which may stand outside of the markers that hold them. */
function withSpaceBefore(edit: Change, visible: string): Change {
  const { start, end, text } = edit;
  const isMovable = text === '' && end > start && visible[start - 1] === ' ' && visible[end - 1] === ' ';
  return isMovable
    ? { ...edit, start: start - 1, end: end - 1, old: visible.slice(start - 1, end - 1) }
    : edit;
}

/** Bytes of an atom that stay, or new words and the `old` ones that they replace. */
type Piece =
  | { readonly atom: Atom; readonly text: string }
  | { readonly atom?: undefined; readonly text: string; readonly old: string };

/** Atoms cut at the edits' ends, with the changed words replaced; null when an edit touches frozen bytes or splits a pair. */
function splitAtEdits(atoms: readonly Atom[], edits: readonly Change[]): Piece[] | null {
  const out: Piece[] = [];
  let next = 0;
  let inside: Change | undefined;
  let markersInside: Atom[] = [];
  let at = 0;
  const insertPending = (): void => {
    // A pure insertion goes behind closing and in front of opening markers.
    const edit = edits[next];
    if (!inside && edit?.start === at && edit.end === at) {
      out.push({ text: edit.text, old: edit.old });
      next += 1;
    }
  };
  const finish = (): boolean => {
    if (!inside || at < inside.end) return true;
    if (!keepMarkers(markersInside, out)) return false;
    out.push({ text: inside.text, old: inside.old });
    inside = undefined;
    markersInside = [];
    return true;
  };
  for (const atom of atoms) {
    if (atom.visible === '') {
      if (atom.kind === 'open') insertPending();
      if (inside && at < inside.end) {
        markersInside.push(atom);
        continue;
      }
      out.push({ atom, text: atom.raw });
      continue;
    }
    let offset = 0;
    while (offset < atom.visible.length) {
      const edit = edits[next];
      if (inside) {
        if (atom.kind === 'frozen') return null;
        const take = Math.min(atom.visible.length - offset, inside.end - at);
        offset += take;
        at += take;
        if (!finish()) return null;
        continue;
      }
      if (edit?.start === at) {
        if (edit.end === edit.start) {
          if (atom.kind === 'frozen' && offset > 0) return null;
          out.push({ text: edit.text, old: edit.old });
          next += 1;
          continue;
        }
        inside = edit;
        next += 1;
        continue;
      }
      const upTo = edit ? Math.min(atom.visible.length, offset + edit.start - at) : atom.visible.length;
      if (atom.kind === 'frozen' && upTo < atom.visible.length) return null;
      out.push({
        atom,
        text: atom.visible === atom.raw ? atom.visible.slice(offset, upTo) : rawSlice(atom, offset, upTo),
      });
      at += upTo - offset;
      offset = upTo;
    }
  }
  insertPending();
  return inside ? null : out;
}

/** Escapes and line breaks are one visible character each: kept or replaced as a whole. */
function rawSlice(atom: Atom, start: number, end: number): string {
  return start === 0 && end === atom.visible.length ? atom.raw : atom.visible.slice(start, end);
}

/**
 * Markers inside replaced words: emphasis goes with its words, also when it opened right before them (`out` ends with its marker);
 * everything else drops the candidate.
 */
function keepMarkers(markers: readonly Atom[], out: Piece[]): boolean {
  const open = new Map(markers.filter(({ kind }) => kind === 'open').map((atom) => [atom.pair, atom]));
  for (const { kind, pair, emphasis } of markers) {
    if (kind !== 'close') continue;
    if (emphasis !== true) return false;
    if (open.delete(pair)) continue;
    const last = out.at(-1)?.atom;
    if (last?.kind !== 'open' || last.pair !== pair) return false;
    out.pop();
  }
  return open.size === 0;
}

const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

/**
 * Whether each pair that is more than emphasis still holds its own words: one that stayed, or one that begins like the old one ("here" for
 * "hear"), and none that went in or out of it. Else an address would stand behind another's words.
 */
function keepsLinks(pieces: readonly Piece[]): boolean {
  return pieces.every(({ atom: opener }, open) => {
    if (opener?.kind !== 'open' || opener.emphasis === true) return true;
    const close = pieces.findIndex(({ atom }) => atom?.kind === 'close' && atom.pair === opener.pair);
    const held = pieces.slice(open + 1, Math.max(close, open + 1));
    const changed = changesOf(held);
    if (changed.length === 0) return true;
    const others = changesOf([...pieces.slice(0, open), ...pieces.slice(close + 1)]);
    const isOwn =
      held.some(({ atom, text }) => atom !== undefined && atom.visible !== '' && hasWords(text)) ||
      changed.some(beginsAlike);
    return isOwn && !haveMoved(changed, others) && !haveMoved(others, changed);
  });
}

type Replaced = Pick<Change, 'old' | 'text'>;

function changesOf(pieces: readonly Piece[]): Replaced[] {
  return pieces.flatMap((piece) => (piece.atom ? [] : [piece]));
}

/** The first two letters are the same, or the only one of a word. */
function beginsAlike({ old, text }: Replaced): boolean {
  const [from, to] = [old.toLowerCase(), text.toLowerCase()];
  const shared = Math.min(2, from.length, to.length);
  return hasWords(from) && hasWords(to) && from.slice(0, shared) === to.slice(0, shared);
}

/** Whether a name, a number or a word of some length goes in the one changes and comes in the others; small words come and go. */
function haveMoved(from: readonly Replaced[], to: readonly Replaced[]): boolean {
  const come = new Set(to.flatMap(({ text }) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []));
  return from.some(({ old }) =>
    (old.match(/[\p{L}\p{N}]+/gu) ?? []).some(
      (word) => /\p{N}|\p{Lu}|\p{L}{4}/u.test(word) && come.has(word.toLowerCase()),
    ),
  );
}

/** Joins the pieces; a pair of markers that holds nothing any more goes too, or drops the candidate where it is more than emphasis. */
function render(pieces: readonly Piece[]): string | null {
  const out: Piece[] = [];
  for (const piece of pieces) {
    if (piece.text === '' && !piece.atom) continue;
    const last = out.at(-1);
    if (piece.atom?.kind === 'close' && last?.atom?.kind === 'open' && last.atom.pair === piece.atom.pair) {
      if (piece.atom.emphasis !== true) return null;
      out.pop();
      continue;
    }
    out.push(piece);
  }
  return out.map((piece) => piece.text).join('');
}
