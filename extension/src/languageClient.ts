/** @file The library that talks to the server, a bundle of its own (esbuild.mjs): nine tenths of the code, read when the server starts and not while VS Code waits for the extension. */
export {
  CloseAction,
  ErrorAction,
  LanguageClient,
  ProgressType,
  TransportKind,
} from 'vscode-languageclient/node';
