import { describe, expect, it } from 'vitest';
import { reassemble } from '../../../server/src/document/reassemble.ts';
import { findTarget } from '../../../server/src/document/target.ts';

/** The document whose selected words, which the rewrite sees as `seen`, become others. */
function put(
  document: string,
  language: string,
  selected: string,
  rewrite: string,
): { seen: string; now: string } {
  const start = document.indexOf(selected);
  expect(start).toBeGreaterThanOrEqual(0);
  const found = findTarget(document, language, start, start + selected.length, 2000);
  const { text } = reassemble(found, [rewrite]);
  return {
    seen: found.pieces.map((piece) => piece.text).join('|'),
    now: document.slice(0, found.start) + text + document.slice(found.end),
  };
}

describe('words selected in code', () => {
  it.each([
    ['typescript', 'throw new Error("The file are not there.");\nfoo("bar");\n'],
    ['typescript', 'const text = `The file are not there.`; // why\n'],
    ['python', 'raise ValueError("The file are not there.")\n'],
    ['python', 'x = 1\ntext = """The file are not there."""\n'],
    ['sql', "INSERT INTO a VALUES ('The file are not there.', 2);\n"],
    ['shellscript', 'echo "The file are not there." # or\n'],
    ['yaml', 'title: a\ndescription: The file are not there. # why\nb: c\n'],
    ['yaml', '- The file are not there.\n- name: b\n'],
    ['yaml', "description: 'The file are not there.'\n"],
  ])('of %s are refined: %j', (language, document) => {
    const { seen, now } = put(document, language, 'The file are not there.', 'The file is not there.');
    expect(seen).toBe('The file are not there.');
    expect(now).toBe(document.replace('are', 'is'));
  });

  it('may be selected with their quotation marks', () => {
    const { now } = put('a("The file are here.")', 'java', '"The file are here."', 'The file is here.');
    expect(now).toBe('a("The file is here.")');
  });

  it.each([
    ['swift', String.raw`a("the \(items.count) file are here")`, 'items', 'item'],
    ['javascript', 'a(`the ${f({ a: 1 })} file are here`)', 'f(', 'g('],
    ['kotlin', 'a("the ${x.map { it.y }} file are here")', 'map', 'nap'],
    ['shellscript', 'echo "the $(ls foo) file are here"', 'foo', 'bar'],
    ['shellscript', 'echo "the `ls foo` file are here"', 'foo', 'bar'],
    ['shellscript', 'echo "the $# file are here"', '$# ', ''],
    ['php', '$a = "the {$b->c} and $d[0] file are here"', '[0]', ''],
    ['perl', 'print "the @names file are here"', '@names', 'names'],
    ['c', 'printf("50%% of the file are here")', '%%', '%'],
    ['java', 'format("the %1$s file are here")', '%1', '1'],
    ['python', String.raw`a("\033[1mThe file are\033[0m here")`, '[1mThe', ' The'],
  ])('of %s keep what is filled in: %s without %j', (language, document, from, to) => {
    const words = /["`](.*)["`]/.exec(document)?.[1] ?? '';
    expect(put(document, language, words, words.replace(from, to)).now).toBe(document);
    expect(put(document, language, words, words.replace('are', 'is')).now).toBe(
      document.replace('are', 'is'),
    );
  });

  it('get no quotation mark that ends the string which they are the beginning of', () => {
    const document = `fn f(x: &'a str) { p("the file, it can't be") }`;
    expect(put(document, 'rust', 'the file', 'the "file"').now).toBe(document);
  });

  it('get no mark of code in exchange for another', () => {
    const document = 'a("the 9 % are {here")';
    expect(put(document, 'c', 'the 9 % are {here', 'the 9 { are {here').now).toBe(document);
  });

  it('are shown without escapes, which stay', () => {
    const document = String.raw`say("He say \"hello\" to all\nof them and to ${'${name}'}.");`;
    const { seen, now } = put(
      document,
      'javascript',
      document.slice(5, -3),
      String.raw`He says "hello" to all\nof them and to ${'${name}'}.`,
    );
    expect(seen).toBe(String.raw`He say "hello" to all\nof them and to ${'${name}'}.`);
    expect(now).toBe(document.replace('say \\', 'says \\'));
  });

  it.each([
    ['javascript', "a('I cant come.')", String.raw`a('I can\'t come.')`],
    ['sql', "SELECT 'I cant come.'", "SELECT 'I can''t come.'"],
    ['pascal', "a('I cant come.')", "a('I can''t come.')"],
    ['yaml', "a: 'I cant come.'", "a: 'I can''t come.'"],
    ['yaml', 'a: I cant come.', "a: I can't come."],
    ['yaml', "a: It's so, I cant come.", "a: It's so, I can't come."],
    ['python', "a = 1\nb = '''I cant come.'''", "a = 1\nb = '''I can't come.'''"],
    ['shellscript', "echo 'I cant come.'", "echo 'I cant come.'"],
    ['toml', "a = 'I cant come.'", "a = 'I cant come.'"],
    ['css', "a { content: 'I cant come.' }", String.raw`a { content: 'I can\'t come.' }`],
  ])('of %s get an apostrophe as that writes it, or none: %s', (language, document, expected) => {
    expect(put(document, language, 'I cant come.', "I can't come.").now).toBe(expected);
  });

  it('keeps an apostrophe that is written twice', () => {
    const { seen, now } = put("SELECT 'I can''t comes.'", 'sql', "I can''t comes.", "I can't come.");
    expect(seen).toBe("I can't comes.");
    expect(now).toBe("SELECT 'I can''t come.'");
  });

  it.each([
    ['yaml', 'a: the file are here', 'note: the file is here'],
    ['yaml', 'a: the file are here', 'the file #1 are here'],
    ['yaml', 'a: |\n  echo "the file are here"', 'the file "is" here'],
    ['yaml', "a: |\n  echo 'the file are here'", "the file isn't here"],
    ['yaml', 'a: the file are here', 'the file $is here'],
    ['typescript', 'a(`the file are here`)', 'the file ${is} here'],
    ['typescript', 'a("the file are here")', 'the file \\is here'],
    ['shellscript', 'echo "the file are here"', 'the file $is here'],
    ['c', 'printf("the file are here")', 'the file %s here'],
    ['typescriptreact', '<p>Say "the file are here".</p>', 'the file <i>is</i> here'],
  ])('of %s get nothing that means more than words: %j → %j', (language, document, rewritten) => {
    expect(put(document, language, 'the file are here', rewritten).now).toBe(document);
  });

  it.each([
    'a: |\r\n  the file are here\r\n  and more\r\nb: c\r\n',
    'a: the file are here\n  and more\nb: c\n',
    'a: # why\n  the file are here\nb: c\n',
    '- the file are here\n  and more\n- b\n',
    'größe (cm): the file are here\n',
    'a: &text the file are here\nb: *text\n',
    'a: !!str |\n  note: the file are here\nb: c\n',
  ])('of YAML are found wherever a value may stand: %j', (document) => {
    const words = /the file[^#]*?(?=\r?\n(?!\s+and)|$)/.exec(document)?.[0] ?? '';
    const { now } = put(document, 'yaml', words, words.replace('are', 'is').replace(/\s+/g, ' '));
    expect(now).toBe(document.replace('are', 'is'));
  });

  it.each([
    ['- a: |\n    the file are here\n  b: c\n', 'the file are here\n  b: c'],
    ['a: {\n  b: the file are here,\n  c: d }\n', 'the file are here'],
    ['a: "one\n  b: the file are here"\n', 'the file are here'],
    ['a: [\n  - the file are here ]\n', 'the file are here'],
  ])('of YAML that are more or less than a value are refused: %j', (document, selected) => {
    expect(() => put(document, 'yaml', selected, 'x')).toThrow(/comment.*words of one string/);
  });

  it.each(['`the` file', '@the file', '- the file', '? the file', 'Yes', '1,024', '2001-12-14', '~', '%the'])(
    'of YAML become nothing that is no text: %s',
    (rewritten) => {
      expect(put('a: the file are', 'yaml', 'the file are', rewritten).now).toBe('a: the file are');
    },
  );

  it('of a value over lines of YAML keep its lines', () => {
    const document = 'a: |\n  The file are here\n  and it are good.\n\n  More.\nb: c\n';
    const { seen, now } = put(
      document,
      'yaml',
      'The file are here\n  and it are good.',
      'The file is here and it is good.',
    );
    expect(seen).toBe('The file are here and it are good.');
    expect(now).toBe('a: |\n  The file is here\n  and it is good.\n\n  More.\nb: c\n');
  });

  it.each([
    ['yaml', 'a: |\n  One file are\n\n  two file are\n', 'One file is two file are'],
    ['yaml', 'a: |\r\n  One file are\r\n\r\n  two file are\r\n', 'One file is two file are'],
    ['python', 'a = 1\nb = """\nOne file are\n- two file are\n"""', 'One file is and two file are'],
    ['typescript', 'a(`\n  1. One file are\n  2. two file are`);', '1. One file is and two file are'],
  ])('of %s stay paragraphs and items: %j', (language, document, rewritten) => {
    const words = /(?:1. )?One[\s\S]*are/.exec(document)?.[0] ?? '';
    const { seen, now } = put(document, language, words, rewritten);
    const lines = (text: string): number => text.split('\n').length;
    expect(seen).not.toMatch(/\n/);
    expect(lines(now)).toBe(lines(document));
    expect(put(document, language, words, seen.replaceAll('are', 'is')).now).toBe(
      document.replaceAll('are', 'is'),
    );
  });

  it('are rewritten as a part of their sentence', () => {
    const document = 'a("The file are here and it are good.");';
    const start = document.indexOf('it are');
    const found = findTarget(document, 'typescript', start, start + 6);
    expect(found.pieces[0]?.around).toEqual({ before: 'The file are here and ', after: ' good.' });
  });

  it.each([
    ['go', 'x := `the file are here`', '`'],
    ['python', 'x = r"the file are here"', '"'],
    ['rust', 'let x = r#"the file are here"#;', '"'],
    ['cpp', 'auto x = R"(the file are here)";', '"'],
    ['csharp', 'var x = @"the file are here";', '"'],
    ['csharp', 'var x = $@"the file are here";', '"'],
    ['toml', 'x = """the file are here"""', '"'],
    ['javascriptreact', "x = <p title='the file are here' />", "'"],
    ['vue', '<p title="the file are here"></p>', '"'],
    ['matlab', "x = 'the file are here'", "'"],
  ])('of %s get no quotation mark where none can be written: %s', (language, document, mark) => {
    const rewritten = (word: string): string => put(document, language, 'the file are here', word).now;
    expect(rewritten(`the file ${mark}are${mark} here`)).toBe(document);
    expect(rewritten('the file is here')).toBe(document.replace('are', 'is'));
  });

  it.each([
    ['typescript', 'const file = open(there);', 'const file = open'],
    ['typescript', 'a("one", "two three")', '"one", "two three"'],
    ['typescript', 'const a = /the file are here/;', 'the file are here'],
    ['yaml', 'a: the file\nb: are here', 'a: the file\nb: are here'],
    ['typescript', 'a("${name}")', '${name}'],
    ['typescriptreact', "<p>We don't think the file are here, it's gone</p>", 'the file are'],
    ['typescript', 'a(`the ${b ? `c are` : d} file`)', 'the ${b ? '],
    ['typescript', 'a(`the ${b ? `c are` : d} file`)', ' : d} file'],
    ['typescript', 'a(`the ${b ? `c are` : "the file"} here`)', 'the file'],
  ])('of %s that are no single text are refused with a way out: %j', (language, document, selected) => {
    expect(() => put(document, language, selected, 'x')).toThrow(/comment.*words of one string/);
  });

  it('are not taken for prose by a caret', () => {
    const document = 'a("The file are here and it are good.");';
    expect(() => findTarget(document, 'typescript', 10, 10)).toThrow(/no prose/);
  });
});
