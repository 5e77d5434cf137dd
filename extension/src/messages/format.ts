/** @file Sizes and times in words, for the picker, the status bar and errors. Pure. */
import type { Translate } from './translate.ts';

/** `1.1 GB`, `400 MB`: decimal units, as disks and download pages have them. */
export function bytes(count: number): string {
  if (count >= 999.5e6) return `${(count / 1e9).toFixed(count < 9.95e9 ? 1 : 0)} GB`;
  return `${Math.max(count === 0 ? 0 : 1, Math.round(count / 1e6))} MB`;
}

/** `460 of 1,100 MB`. */
export function bytesOf(done: number, total: number, t: Translate): string {
  const megabytes = (count: number) => Math.round(count / 1e6).toLocaleString('en-US');
  return t('{0} of {1} MB', megabytes(done), megabytes(total));
}

export function percent(done: number, total: number): number {
  return total <= 0 ? 0 : Math.min(100, Math.floor((100 * done) / total));
}

/** `12 min left`, `less than a minute left`. */
export function timeLeft(ms: number, t: Translate): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 1 ? t('less than a minute left') : t('{0} min left', minutes);
}

/** `14:05`, in the machine's time zone. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
