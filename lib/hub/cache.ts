import { readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { makeFolder } from '../util/atomic_write.js';
import { isCommit } from './repo_id.js';

async function isFile(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** A name beside `place` that nobody else has. */
function besideName(place: string): string {
  return `${place}.${randomBytes(6).toString('hex')}`;
}

/**
 * A repository in the cache that all tools share: `refs/<revision>` holds a commit's name, `snapshots/<commit>/<path>`
 * are links to `blobs/<checksum>`, and an empty `.no_exist/<commit>/<path>` says that a commit has no such file.
 * Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache.
 * @internal
 */
export class RepoCache {
  readonly folder: string;

  constructor(cacheDir: string, repo: string) {
    this.folder = path.join(cacheDir, `models--${repo.replace('/', '--')}`);
  }

  snapshot(commit: string): string {
    return path.join(this.folder, 'snapshots', commit);
  }

  blob(checksum: string): string {
    return path.join(this.folder, 'blobs', checksum);
  }

  /** The commit that a branch or tag was last known to be. */
  async readRef(revision: string): Promise<string | undefined> {
    const text = await readFile(path.join(this.folder, 'refs', revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** Notes which commit a branch or tag is; a cache that cannot be written is left as it is. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if ((await this.readRef(revision)) === commit) return;
    const place = path.join(this.folder, 'refs', revision);
    const beside = besideName(place);
    try {
      await makeFolder(path.dirname(place));
      await writeFile(beside, commit);
      await rename(beside, place);
    } catch {
      await rm(beside, { force: true }).catch(() => undefined);
    }
  }

  has(commit: string, file: string): Promise<boolean> {
    return isFile(path.join(this.snapshot(commit), file));
  }

  isKnownAbsent(commit: string, file: string): Promise<boolean> {
    return isFile(this.#absentMark(commit, file));
  }

  /** Notes that a commit has no such file, where the cache can be written. */
  async markAbsent(commit: string, file: string): Promise<void> {
    const mark = this.#absentMark(commit, file);
    await makeFolder(path.dirname(mark)).catch(() => undefined);
    await writeFile(mark, '').catch(() => undefined);
  }

  /** Links a snapshot's file to a blob; what stood there is replaced. */
  async link(commit: string, file: string, checksum: string): Promise<void> {
    const place = path.join(this.snapshot(commit), file);
    const beside = besideName(place);
    await makeFolder(path.dirname(place));
    await symlink(path.relative(path.dirname(place), this.blob(checksum)), beside);
    await rename(beside, place);
  }

  #absentMark(commit: string, file: string): string {
    return path.join(this.folder, '.no_exist', commit, file);
  }
}
