import { stat } from 'node:fs/promises';
import { isRepoId } from './repo_id.js';
import { type HubOptions, hubSettings } from './settings.js';
import { Snapshot } from './snapshot.js';

/** What a reader of folders needs of one: fetches it, and throws where it is not there. @internal */
export type Need = (snapshot: Snapshot) => Promise<void>;

/** What several readers need of one folder. @internal */
export function allOf(...needs: readonly Need[]): Need {
  return async (snapshot) => {
    for (const need of needs) await need(snapshot);
  };
}

/** What may be there or not. @internal */
export function anyOf(...files: readonly string[]): Need {
  return async (snapshot) => void (await snapshot.fetch(files));
}

/**
 * The folder that a source means: itself, when there is such a file or folder, or when it cannot be a name on the hub;
 * else the snapshot of a model in the hub's cache, with what is needed of it downloaded.
 * @param where the function called, first word of errors
 * @throws HubError, ConfigError, AbortError
 * @internal
 */
export async function resolveSource(
  where: string,
  source: string,
  need: Need,
  { signal, ...options }: HubOptions & { signal?: AbortSignal | undefined },
): Promise<string> {
  const settings = await hubSettings(where, options);
  if (typeof source !== 'string' || !isRepoId(source)) return source;
  const isThere = await stat(source).then(
    () => true,
    () => false,
  );
  if (isThere) return source;
  const snapshot = await Snapshot.open(where, source, settings, signal);
  await need(snapshot);
  return snapshot.folder;
}
