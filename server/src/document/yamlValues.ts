/** @file The values of YAML without quotation marks: on the line of their key or dash and on those further in, or below `|` and `>`. */
import { parseAllDocuments, visit, type Scalar } from 'yaml';

/** UTF-16 offsets in the document. */
export interface YamlValue {
  readonly start: number;
  readonly end: number;
}

/** In order. Of what can't be parsed there are those that the parser made out all the same. */
export function yamlValues(text: string): YamlValue[] {
  const values: YamlValue[] = [];
  for (const document of parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false })) {
    visit(document, {
      Collection: (_, { flow }) => (flow === true ? visit.SKIP : undefined),
      Scalar: (key, scalar) => {
        const value = key === null || key === 'key' ? undefined : textOf(scalar, text);
        if (value) values.push(value);
      },
    });
  }
  return values;
}

/** What no value may begin with, though the parser takes it for one. */
const reserved = /^[@%`]/;

function textOf({ type, value, range }: Scalar, text: string): YamlValue | undefined {
  if (typeof value !== 'string' || !range) return undefined;
  const isBlock = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
  if (!isBlock && type !== 'PLAIN') return undefined;
  const from = isBlock ? text.indexOf('\n', range[0]) + 1 : range[0];
  const raw = text.slice(from, range[1]);
  if (raw.trim() === '' || (!isBlock && reserved.test(raw))) return undefined;
  return { start: from + raw.search(/\S/), end: from + raw.trimEnd().length };
}
