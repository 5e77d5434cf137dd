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
   * hold; `pair` joins the two. A pair whose words are deleted goes too when it is only emphasis, else the deletion is refused.
   */
  readonly kind: 'text' | 'frozen' | 'open' | 'close';
  readonly pair?: number;
  readonly emphasis?: boolean;
}

export function visibleText(atoms: readonly Atom[]): string {
  return atoms.map((atom) => atom.visible).join('');
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
  const edits = wordEdits(visibleText(atoms), rewritten);
  const placed = splitAtEdits(
    atoms,
    edits.map((edit) => ({ ...edit, text: escape(edit.text) })),
  );
  return placed && render(placed);
}

interface Piece {
  readonly atom?: Atom;
  readonly text: string;
}

/** Atoms cut at the edits' ends, with the changed words replaced; null when an edit touches frozen bytes or splits a pair. */
function splitAtEdits(atoms: readonly Atom[], edits: readonly WordEdit[]): Piece[] | null {
  const out: Piece[] = [];
  let next = 0;
  let inside: WordEdit | undefined;
  let markersInside: Atom[] = [];
  let at = 0;
  const insertPending = (): void => {
    // A pure insertion goes behind closing and in front of opening markers.
    const edit = edits[next];
    if (!inside && edit?.start === at && edit.end === at) {
      out.push({ text: edit.text });
      next += 1;
    }
  };
  const finish = (): boolean => {
    if (!inside || at < inside.end) return true;
    if (!keepMarkers(markersInside, out)) return false;
    out.push({ text: inside.text });
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
          out.push({ text: edit.text });
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
