/**
 * @file The README for who has installed the package: without what is for a clone of the repository, and without pictures and links that
 * lead to files which are not in the package.
 */
import { fromMarkdown } from 'mdast-util-from-markdown';

/** Sections for who has the repository. */
const forClones = new Set(['Try it', 'More']);

/** @param {string} text the repository's README @returns {string} */
export function packagedReadme(text) {
  /** @type {{ start: number, end: number, text: string }[]} */
  const cuts = [];
  const { children } = fromMarkdown(text);
  let dropping = false;
  for (const node of children) {
    if (node.type === 'heading' && node.depth <= 2) dropping = forClones.has(sourceOf(text, node.children));
    const isDiagram = node.type === 'code' && node.lang === 'mermaid';
    const isPicture = node.type === 'paragraph' && node.children.every((child) => child.type === 'image');
    if (dropping || isDiagram || isPicture) cuts.push({ ...rangeOf(node), text: '' });
    else cuts.push(...relativeLinks(text, node));
  }
  let result = text;
  for (const { start, end, text: kept } of cuts.reverse())
    result = result.slice(0, start) + kept + result.slice(end);
  return `${result.replace(/\n{3,}/g, '\n\n').trim()}\n`;
}

/** Links to files become their words. */
function relativeLinks(text, node) {
  if (node.type === 'link' && !/^[a-z]+:|^#/i.test(node.url))
    return [{ ...rangeOf(node), text: sourceOf(text, node.children) }];
  return 'children' in node ? node.children.flatMap((child) => relativeLinks(text, child)) : [];
}

function rangeOf({ position }) {
  return { start: position.start.offset, end: position.end.offset };
}

function sourceOf(text, nodes) {
  const [first, last] = [nodes[0], nodes.at(-1)];
  return first ? text.slice(rangeOf(first).start, rangeOf(last).end) : '';
}
