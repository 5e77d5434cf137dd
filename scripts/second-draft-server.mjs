#!/usr/bin/env node
/** @file The language server for any editor: `second-draft-server --stdio` (the default). Built by `npm run build`. */
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`Second Draft's server needs Node 22.13 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
const server = new URL('../dist/server.mjs', import.meta.url);
if (!existsSync(server)) {
  console.error('The server is not built yet: run "npm install" and "npm run build" first.');
  process.exit(1);
}
if (process.argv.length < 3) process.argv.push('--stdio');
await import(server.href);
