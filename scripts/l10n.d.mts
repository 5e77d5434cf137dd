/** Every text that is handed to `l10n.t`, as its own translation. */
export function words(): Record<string, string>;
