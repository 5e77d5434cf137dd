/** @file Types of packagedReadme.mjs, for its test. */

export function packagedReadme(text: string): string;
