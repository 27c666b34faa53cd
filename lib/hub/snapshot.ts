import { GridstrideError, HubError } from '../util/errors.js';
import { RepoCache } from './cache.js';
import { HubClient, type RemoteFile } from './client.js';
import { downloadBlob } from './download.js';
import { ProgressTeller } from './progress.js';
import { isCommit } from './repo_id.js';
import type { HubSettings } from './settings.js';
import { NetworkTrouble } from './transport.js';

/** Files downloaded at the same time. */
const PARALLEL = 4;

/** A commit of a repository, of which files are fetched into the cache as they are asked for. @internal */
export class Snapshot {
  readonly #where: string;
  readonly #client: HubClient;
  readonly #cache: RepoCache;
  readonly #commit: string;
  readonly #isOffline: boolean;
  readonly #described = new Map<string, RemoteFile | undefined>();

  private constructor(
    where: string,
    parts: { client: HubClient; cache: RepoCache; commit: string; isOffline: boolean },
  ) {
    this.#where = where;
    this.#client = parts.client;
    this.#cache = parts.cache;
    this.#commit = parts.commit;
    this.#isOffline = parts.isOffline;
  }

  /**
   * The commit that the settings' revision is by now; where the hub does not say, the one it was when it was last
   * asked.
   * @throws HubError, AbortError
   */
  static async open(
    where: string,
    repo: string,
    settings: HubSettings,
    signal: AbortSignal | undefined,
  ): Promise<Snapshot> {
    const { revision, isOffline } = settings;
    const client = new HubClient(where, repo, settings, signal);
    const cache = new RepoCache(settings.cacheDir, repo);
    const made = (commit: string, offline: boolean) =>
      new Snapshot(where, { client, cache, commit, isOffline: offline });
    if (isCommit(revision)) return made(revision, isOffline);
    const known = await cache.readRef(revision);
    if (isOffline) {
      if (known !== undefined) return made(known, true);
      throw notCached(where, repo, settings, 'its files');
    }
    try {
      const commit = await client.commitOf(known === undefined ? undefined : 1);
      await cache.writeRef(revision, commit);
      return made(commit, false);
    } catch (error) {
      const isAnswer = !(error instanceof HubError) || !('status' in error.fields || 'endpoint' in error.fields);
      if (isAnswer || known === undefined) throw error;
      return made(known, true);
    }
  }

  /** Where the files lie. */
  get folder(): string {
    return this.#cache.snapshot(this.#commit);
  }

  /** Asks for several files at once, so that later questions about them need no answer of their own. */
  async look(files: readonly string[]): Promise<void> {
    const open: string[] = [];
    for (const file of files) {
      const isKnown = this.#described.has(file) || (await this.#cache.has(this.#commit, file));
      if (isKnown || (await this.#cache.isKnownAbsent(this.#commit, file))) continue;
      open.push(file);
    }
    if (open.length === 0 || this.#isOffline) return;
    const found = await this.#client.describe(this.#commit, open);
    for (const file of open) {
      const described = found.find(({ path }) => path === file);
      this.#described.set(file, described);
      if (described === undefined) await this.#cache.markAbsent(this.#commit, file);
    }
  }

  /** Fetches those of some files that the commit has. @returns which ones are there */
  async fetch(files: readonly string[]): Promise<Set<string>> {
    await this.look(files);
    const present = new Set<string>();
    const lacking: RemoteFile[] = [];
    for (const file of new Set(files)) {
      const described = this.#described.get(file);
      if (await this.#cache.has(this.#commit, file)) present.add(file);
      else if (described !== undefined) lacking.push(described);
    }
    await this.#download(lacking);
    for (const { path } of lacking) present.add(path);
    return present;
  }

  /** The error of a commit that has not what is needed. @param what files as a person would list them */
  lacks(what: string): HubError {
    const { repo, settings } = this.#client;
    if (this.#isOffline) return notCached(this.#where, repo, settings, what);
    const got = `none at ${settings.revision} of ${settings.endpoint}`;
    return new HubError(`${this.#where}: ${repo} must hold ${what}, got ${got}`, { repo, revision: settings.revision });
  }

  async #download(files: readonly RemoteFile[]): Promise<void> {
    if (files.length === 0) return;
    const teller = new ProgressTeller(this.#client.repo, this.#client.settings);
    teller.expect(files.reduce((sum, { size }) => sum + size, 0));
    const waiting = [...files];
    let failure: unknown;
    const work = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        try {
          await this.#downloadOne(file, teller);
        } catch (error) {
          failure ??= error;
          waiting.length = 0;
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: PARALLEL }, work));
    } finally {
      teller.stop();
    }
    if (failure !== undefined) throw failure;
  }

  async #downloadOne(file: RemoteFile, teller: ProgressTeller): Promise<void> {
    const blob = this.#cache.blob(file.checksum);
    const onBytes = (count: number) => teller.add(count);
    const client = this.#client;
    try {
      await downloadBlob({ client, commit: this.#commit, file, blob, onBytes });
      await this.#cache.link(this.#commit, file.path, file.checksum);
    } catch (error) {
      if (error instanceof GridstrideError) throw error;
      if (error instanceof NetworkTrouble) throw client.unreachable(error);
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      const text = `${this.#where}: the cache must take ${file.path} of ${client.repo}, got ${reason} for ${blob}`;
      throw new HubError(text, { path: blob, reason }, { cause: error });
    }
  }
}

function notCached(
  where: string,
  repo: string,
  { cacheDir, revision, isOffline }: HubSettings,
  what: string,
): HubError {
  const why = isOffline
    ? 'and the hub is not to be asked (HF_HUB_OFFLINE, localFilesOnly)'
    : 'and the hub does not answer';
  const help = `put ${what} into a folder ./${repo}, or run "hf download ${repo}" where there is a network and copy models--${repo.replace('/', '--')} into ${cacheDir}`;
  return new HubError(`${where}: ${repo} must be a folder or in the cache, got neither ${why}; ${help}`, {
    repo,
    revision,
    cacheDir,
  });
}
