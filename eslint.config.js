/** @file ESLint: strict type-checked rules, and the table of who may import whom (docs/architecture.md). */
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import globals from 'globals';

/** Folders under server/src that exist; a folder may import only those its row names. */
const folders = [
  'lsp',
  'document',
  'generation',
  'models',
  'storage',
  'preferences',
  'game',
  'tensor',
  'training',
];
const mayImport = {
  game: [],
  tensor: [],
  storage: [],
  models: [],
  document: [],
  util: [],
  preferences: ['game'],
  generation: ['models', 'document'],
  training: ['game', 'tensor', 'preferences', 'storage'],
  lsp: ['document', 'generation', 'models', 'storage', 'preferences'],
};

function folderRule(folder, allowed) {
  const forbidden = folders.filter((other) => other !== folder && !allowed.includes(other));
  const patterns = forbidden.map((other) => ({
    regex: `^(\\.\\./)+${other}/${folder === 'lsp' && other === 'training' ? '(?!(trainerProcess|schedule)\\.ts$)' : ''}`,
    message: `server/src/${folder} may not import ${other}/ (docs/architecture.md).`,
  }));
  patterns.push({ regex: '^vscode$', message: 'The server knows no vscode.' });
  patterns.push({ regex: '^(\\.\\./)+extension/', message: 'The server does not import the extension.' });
  if (folder === 'game') {
    patterns.push({ regex: '^(?!\\./)', message: 'game/ imports nothing but its own files.' });
  }
  if (folder !== 'generation') {
    patterns.push({ regex: '^node-llama-cpp', message: 'Only generation/ imports node-llama-cpp.' });
  }
  if (folder !== 'tensor') {
    patterns.push({ regex: '^koffi', message: 'Only tensor/ggmlLibrary imports koffi.' });
  }
  return {
    files: [`server/src/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

/** The same for folders under extension/src; the files beside them put all together. */
const extensionFolders = {
  text: [],
  messages: [],
  host: [],
  settings: ['messages'],
  engine: ['settings', 'messages', 'host'],
  decisions: ['engine', 'settings', 'messages'],
  review: ['decisions', 'engine', 'settings', 'messages', 'host', 'text'],
  ghost: ['decisions', 'settings', 'host', 'text'],
  commit: ['review', 'decisions', 'engine', 'settings', 'messages', 'host', 'text'],
  learning: ['decisions', 'engine', 'messages', 'host', 'text'],
  models: ['engine', 'settings', 'messages', 'host'],
  status: ['review', 'ghost', 'settings', 'messages', 'host'],
};

const onlyTheProtocol = {
  regex: '^(\\.\\./)+server/(?!protocol/)',
  message: 'The extension imports nothing of the server but its protocol.',
};

function extensionRule(folder, allowed) {
  const forbidden = Object.keys(extensionFolders).filter(
    (other) => other !== folder && !allowed.includes(other),
  );
  const patterns = forbidden.map((other) => ({
    regex: `^\\.\\./${other}/`,
    message: `extension/src/${folder} may not import ${other}/ (docs/architecture.md).`,
  }));
  patterns.push(onlyTheProtocol, {
    regex: '^\\.\\./[a-zA-Z]+\\.ts$',
    message: 'What puts all together imports the folders, not the other way round.',
  });
  return {
    files: [`extension/src/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      '.tsbuild/**',
      '.cache/**',
      'node_modules/**',
      'test-results/**',
      'coverage/**',
      'test/fixtures/**',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.mjs', '**/*.js', '**/*.cjs'], languageOptions: { globals: globals.node } },
  ...Object.entries(mayImport).map(([folder, allowed]) => folderRule(folder, allowed)),
  {
    files: ['extension/src/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [onlyTheProtocol] }] },
  },
  ...Object.entries(extensionFolders).map(([folder, allowed]) => extensionRule(folder, allowed)),
  {
    files: ['server/protocol/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\./|vscode-languageserver-(types|protocol)|valibot)',
              message: 'The protocol is types and names only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['server/src/**/*.ts', 'extension/src/**/*.ts'],
    ignores: ['server/src/main.ts', 'server/src/trainerMain.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
);
