/** @file `npm run l10n`: collects the words of the extension that translators need into l10n/bundle.l10n.json. A test holds them together. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { root } from './lib/steps.mjs';

/** @returns {Record<string, string>} every text that is handed to `l10n.t`, as its own translation, in alphabetical order */
export function words() {
  const folder = join(root, 'extension', 'src');
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => wordsOf(name, readFileSync(join(folder, name), 'utf8')));
  return Object.fromEntries([...new Set(found)].sort().map((text) => [text, text]));
}

function wordsOf(name, source) {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && isTranslate(node.expression)) {
      const [text] = node.arguments;
      if (!text || !ts.isStringLiteralLike(text))
        throw new Error(`${name}: what is translated must be written out: ${node.getText()}`);
      found.push(text.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `t(…)` and `vscode.l10n.t(…)`. */
function isTranslate(callee) {
  return ts.isIdentifier(callee) ? callee.text === 't' : /\bl10n\.t$/.test(callee.getText());
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(join(root, 'l10n'), { recursive: true });
  writeFileSync(join(root, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(words(), null, 2)}\n`);
}
