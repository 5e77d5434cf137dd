/** @file Fetches a model file: node-llama-cpp's downloader (ipull) does the transfer, in pieces that go on after an interruption. */
import { createModelDownloader } from 'node-llama-cpp';

export interface DownloadJob {
  readonly url: string;
  readonly folder: string;
  readonly fileName: string;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Resolves when the file is complete under its name; rejects when it is not, and keeps what came for the next time. */
export async function downloadFile({
  url,
  folder,
  fileName,
  signal,
  onProgress,
}: DownloadJob): Promise<void> {
  const downloader = await createModelDownloader({
    modelUri: url,
    dirPath: folder,
    fileName,
    deleteTempFileOnCancel: false,
    skipExisting: false,
    onProgress: ({ downloadedSize, totalSize }) => onProgress(downloadedSize, totalSize),
  });
  await downloader.download({ signal });
}

/**
 * What the hub says of a file that it keeps in large-file storage: its SHA-256. Null where the address is no such hub's.
 * @throws TypeError when the address can't be reached
 */
export async function announcedSha256(url: string, signal: AbortSignal): Promise<string | null> {
  const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
  const tag = (response.headers.get('x-linked-etag') ?? '').replaceAll('"', '');
  return /^[0-9a-f]{64}$/.test(tag) ? tag : null;
}
