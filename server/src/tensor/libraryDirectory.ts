/** @file Where the ggml libraries lie: in the platform packages of node-llama-cpp, beside the bundle or above it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DraftError } from '../util/errors.ts';

const osNames: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'linux',
  darwin: 'mac',
  win32: 'win',
};
const archNames: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'armv7l',
};

/** The folders with libraries for this machine that are installed, GPU builds first. */
export function libraryDirectories(from: string = import.meta.dirname): string[] {
  const platform = `${osNames[process.platform] ?? process.platform}-${archNames[process.arch] ?? process.arch}`;
  const names = [`${platform}-cuda`, `${platform}-metal`, `${platform}-vulkan`, platform];
  const found: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of names) {
      const directory = join(folder, 'node_modules', '@node-llama-cpp', name, 'bins', name);
      if (existsSync(directory)) found.push(directory);
    }
    if (found.length > 0 || dirname(folder) === folder) break;
  }
  if (found.length === 0) {
    throw new DraftError('unsupportedPlatform', `No ggml libraries are installed for ${platform}.`);
  }
  return found;
}
