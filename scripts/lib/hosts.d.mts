/** @file Types of hosts.mjs, for the suites that drive a browser. */
import type { Browser } from 'playwright-core';

export function launchBrowser(): Promise<Browser>;
