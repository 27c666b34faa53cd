import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '../../util/atomic_write.js';
import { isRunning } from '../../util/processes.js';

const CHECKPOINT = /^checkpoint-(\d+)$/;
/** Folders that are being written, replaced or removed, with the process that does it. */
const UNFINISHED = /^checkpoint-\d+\.(?:new|old|removed)-(\d+)$/;

/** `checkpoint-<step>` in a folder. @internal */
export function checkpointFolder(outputDir: string, step: number): string {
  return path.join(outputDir, `checkpoint-${step}`);
}

/** Name of a checkpoint's folder while it is not whole. @internal */
export function unfinishedName(folder: string, kind: 'new' | 'old' | 'removed'): string {
  return `${folder}.${kind}-${process.pid}`;
}

/** The checkpoints in a folder, by step. @internal */
export async function listCheckpoints(outputDir: string): Promise<string[]> {
  const names = await readdir(outputDir).catch(() => [] as string[]);
  const steps = names.flatMap((name) => CHECKPOINT.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((a, b) => a - b).map((step) => checkpointFolder(outputDir, step));
}

/**
 * Puts a complete folder in a checkpoint's place. What stood there is moved aside first: at any moment one of the two
 * is whole.
 * @internal
 */
export async function putInPlace(complete: string, folder: string): Promise<void> {
  const old = unfinishedName(folder, 'old');
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isThere) await rename(folder, old);
  await rename(complete, folder);
  await syncFolder(path.dirname(folder));
  if (isThere) await rm(old, { recursive: true, force: true });
}

/** Removes a checkpoint: a kill meanwhile leaves none that looks whole. @internal */
export async function removeCheckpoint(folder: string): Promise<void> {
  const removed = unfinishedName(folder, 'removed');
  await rename(folder, removed);
  await rm(removed, { recursive: true, force: true });
}

/** Removes what processes that no longer run have left half done; a checkpoint moved aside for one that never came goes back. @internal */
export async function removeLeftovers(outputDir: string): Promise<void> {
  for (const name of await readdir(outputDir).catch(() => [] as string[])) {
    const pid = Number(UNFINISHED.exec(name)?.[1]);
    if (Number.isNaN(pid) || (pid !== process.pid && isRunning(pid))) continue;
    const place = path.join(outputDir, name.slice(0, name.lastIndexOf('.')));
    const wasReplaced = !name.includes('.old-') || (await listCheckpoints(outputDir)).includes(place);
    if (wasReplaced) await rm(path.join(outputDir, name), { recursive: true, force: true });
    else await rename(path.join(outputDir, name), place);
  }
}

/**
 * Removes the oldest checkpoints beyond `limit`, but neither the one just written nor the best, as Hugging Face does.
 * @internal
 */
export async function pruneCheckpoints(
  outputDir: string,
  limit: number,
  kept: { current: string; best: string | undefined },
): Promise<void> {
  const folders = await listCheckpoints(outputDir);
  const times = new Map<string, number>();
  for (const folder of folders) times.set(folder, (await stat(folder)).mtimeMs);
  const oldestFirst = folders.sort((a, b) => times.get(a)! - times.get(b)!);
  const isKept = new Set([kept.current, kept.best].flatMap((folder) => (folder ? path.resolve(folder) : [])));
  const removable = oldestFirst.filter((folder) => !isKept.has(path.resolve(folder)));
  const excess = folders.length - Math.max(limit, isKept.size);
  for (const folder of removable.slice(0, Math.max(0, excess))) await removeCheckpoint(folder);
}
