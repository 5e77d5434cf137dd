/** @file Types of chromium.mjs for the browser tests. */
export function ensureChromium(): string;
export const chromiumFlags: string[];
