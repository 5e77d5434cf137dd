/** @file The languages that are code, and what a comment looks like in each. */
import { yamlValues, type YamlValue } from './yamlValues.ts';

/** Of one kind of code, mostly regular expressions. */
export interface CommentMarks {
  /** What a comment begins with that ends with its line. */
  readonly line?: string;
  /** Such a comment stands on lines of its own: behind code the mark means something else. */
  readonly ownLine?: boolean;
  /** Beginning and end of comments over several lines. */
  readonly blocks?: readonly (readonly [string, string])[];
  /** What no comment begins in. */
  readonly strings: readonly string[];
  /** The text between `"""` that tells what a function does is one. */
  readonly docstrings?: boolean;
  /** How a quotation mark is written in a string that it ends; one that is not named can't be. */
  readonly escapes?: Readonly<Record<string, string>>;
  /** Values without quotation marks. */
  readonly values?: (text: string) => readonly YamlValue[];
}

const double = String.raw`"(?:\\.|[^"\\\n])*"`;
const single = String.raw`'(?:\\.|[^'\\\n])*'`;
/** A quotation mark in it is written twice. */
const doubleTwice = String.raw`"(?:""|\\.|[^"\\\n])*"`;
const singleTwice = String.raw`'(?:''|\\.|[^'\\\n])*'`;
const template = '`(?:\\\\[\\s\\S]|[^`\\\\])*`';
const triple = String.raw`(?<quotes>"""|''')[\s\S]*?\k<quotes>`;
/** Of JavaScript: where a value is expected a slash begins one. */
const regularExpression = String.raw`(?<=[(,=:[!&|?{;>][ \t]*|\breturn[ \t]+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`;

const backslashes = { '"': '\\"', "'": "\\'", '`': '\\`' };
const doubled = { '"': '""', "'": "''" };
/** In the shell, in Ruby, Perl, YAML and TOML single quotation marks end as they will; between double ones all know the backslash. */
const backslashInDouble = { '"': backslashes['"'] };

const slashes = String.raw`\/\/[/!]?`;
const hashes = String.raw`(?!#[!|])#+[':]?`;
const stars = [String.raw`\/\*+!?`, String.raw`\*+\/`] as const;
/** Of Ruby, and Plain Old Documentation of Perl. */
const documentation = [
  ['^=begin\\b[^\\n]*', '^=end\\b[^\\n]*'],
  ['^=(?:pod|head[1-6]|over|item|encoding)\\b[^\\n]*', '^=cut\\b[^\\n]*'],
] as const;
const tags = ['<!--+', '--+>'] as const;

const marks = {
  'code-slashes': {
    line: slashes,
    blocks: [stars],
    strings: [triple, double, single, template, regularExpression],
    escapes: backslashes,
  },
  'code-slashes-and-tags': {
    line: slashes,
    blocks: [stars, tags],
    strings: [double, single, template, regularExpression],
    escapes: backslashes,
  },
  'code-slashes-and-hashes': {
    line: String.raw`${slashes}|#(?![[!])`,
    blocks: [stars],
    strings: [double, single],
    escapes: backslashes,
  },
  'code-stars': { blocks: [stars], strings: [double, single], escapes: backslashes },
  'code-hashes': {
    line: hashes,
    blocks: documentation,
    strings: [double, single],
    escapes: backslashInDouble,
  },
  'code-yaml': {
    line: hashes,
    strings: [double, singleTwice],
    escapes: { ...backslashInDouble, "'": doubled["'"] },
    values: yamlValues,
  },
  'code-python': { line: hashes, strings: [triple, double, single], escapes: backslashes, docstrings: true },
  'code-powershell': {
    line: hashes,
    blocks: [['<#', '#>']],
    strings: [doubleTwice, singleTwice],
    escapes: doubled,
  },
  'code-sql': { line: '--+', blocks: [stars], strings: [doubleTwice, singleTwice], escapes: doubled },
  'code-lua': {
    line: String.raw`--+(?!\[=*\[)`,
    blocks: [[String.raw`--\[(?<level>=*)\[`, String.raw`\]=*\]`]],
    strings: [double, single],
    escapes: backslashes,
  },
  'code-dashes': {
    line: String.raw`--+(?![!#$%&*+./<=>?@\\^~:])(?:[ \t]*[|^](?=[ \t]))?`,
    blocks: [['\\{-(?!#)', '-\\}']],
    strings: [double],
    escapes: backslashes,
  },
  'code-semicolons': { line: ';+', blocks: [['#\\|', '\\|#']], strings: [double], escapes: backslashes },
  'code-settings': { line: '[;#]+', ownLine: true, strings: [] },
  'code-percents': {
    line: '%+(?![{}])',
    blocks: [['%\\{', '%\\}']],
    strings: [double, single], // MATLAB and Erlang write a quotation mark in them differently
  },
  'code-parentheses': {
    line: slashes,
    blocks: [[String.raw`\(\*+(?!\))`, String.raw`\*+\)`]],
    strings: [double],
    escapes: backslashes,
  },
  'code-braces': {
    line: slashes,
    blocks: [
      [String.raw`\{(?!\$)`, String.raw`\}`],
      [String.raw`\(\*(?!\$)`, String.raw`\*\)`],
    ],
    strings: [singleTwice],
    escapes: doubled,
  },
  'code-quotes': { line: String.raw`'+|[Rr][Ee][Mm]\b`, ownLine: true, strings: [] },
  'code-vim': { line: '"', ownLine: true, strings: [] },
  'code-batch': { line: String.raw`@?[Rr][Ee][Mm]\b|::`, ownLine: true, strings: [] },
  'code-fortran': { line: String.raw`!+(?!\$)[<>]?`, ownLine: true, strings: [] },
} as const satisfies Readonly<Record<string, CommentMarks>>;

export type CodeDialect = keyof typeof marks;

/** Language ids, as editors name them. HTML, XML and JSON are not among them: what they hold is text as often as not. */
const languages: Readonly<Record<CodeDialect, string>> = {
  'code-slashes':
    'javascript javascriptreact js jsx typescript typescriptreact ts tsx java c cpp c++ objective-c objective-cpp objc csharp c# ' +
    'cuda cuda-cpp go rust swift kotlin scala dart groovy less scss stylus jsonc json5 proto proto3 protobuf glsl hlsl wgsl ' +
    'shaderlab zig solidity verilog systemverilog apex haxe prisma d v thrift bicep qml jenkinsfile gleam odin',
  'code-slashes-and-tags': 'vue svelte astro',
  'code-slashes-and-hashes': 'php terraform hcl nix jsonnet',
  'code-stars': 'css postcss',
  'code-hashes':
    'shellscript sh bash zsh fish ruby perl perl6 raku r toml makefile dockerfile coffeescript julia nim cmake ' +
    'gdscript ignore gitignore dotenv graphql tcl awk crystal pip-requirements',
  'code-yaml': 'yaml dockercompose docker-compose github-actions-workflow ansible',
  'code-python': 'python starlark bazel snakemake elixir',
  'code-powershell': 'powershell',
  'code-sql': 'sql mysql pgsql postgres plsql sqlite',
  'code-lua': 'lua luau',
  'code-dashes': 'haskell elm purescript agda idris ada vhdl applescript',
  'code-semicolons':
    'clojure lisp commonlisp common-lisp scheme racket elisp emacs-lisp fennel asm nasm llvm',
  'code-settings': 'ini properties editorconfig conf systemd',
  'code-percents': 'matlab octave erlang prolog postscript',
  'code-parentheses': 'fsharp ocaml',
  'code-braces': 'pascal objectpascal delphi',
  'code-quotes': 'vb vba vbscript',
  'code-vim': 'vim viml vimscript',
  'code-batch': 'bat batch dosbatch',
  'code-fortran': 'fortran fortran-modern fortranfreeform',
};

const dialects = new Map(
  Object.entries(languages).flatMap(([dialect, names]) =>
    names.split(' ').map((name) => [name, dialect as CodeDialect]),
  ),
);

/** @param language in lower case */
export function codeDialectOf(language: string): CodeDialect | undefined {
  return dialects.get(language);
}

export function commentMarks(dialect: CodeDialect): CommentMarks {
  return marks[dialect];
}

export function isCode(dialect: string): dialect is CodeDialect {
  return Object.hasOwn(marks, dialect);
}
