import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { makeFolder } from '../util/atomic_write.js';
import { isRunning } from '../util/processes.js';

/** How long another process's download may rest before it counts as given up. */
const RESTING_MS = 300_000;

/** This machine, in a file's name. */
const HOST = hostname()
  .replace(/[^\w-]/g, '_')
  .slice(0, 40);
const OWNER = /\.([\w-]+)-(\d+)-[0-9a-f]{8}\.incomplete$/;

/**
 * The part of a blob that has been downloaded. Whoever downloads has a file of its own,
 * `<checksum>.<host>-<process>-<random>.incomplete`, so that nobody ever appends to another's; one that was given up
 * lies under `<checksum>.incomplete`, as old versions of Python's library left it, and is taken over by renaming it.
 * @internal
 */
export class PartialFile {
  readonly path: string;
  readonly #blob: string;

  private constructor(blob: string) {
    this.#blob = blob;
    this.path = `${blob}.${HOST}-${process.pid}-${randomBytes(4).toString('hex')}.incomplete`;
  }

  /** A file for this process, with what an earlier one has downloaded; undefined while another one downloads. */
  static async open(blob: string): Promise<PartialFile | undefined> {
    await makeFolder(path.dirname(blob));
    if ((await othersAt(blob)).length > 0) return undefined;
    const own = new PartialFile(blob);
    await rename(`${blob}.incomplete`, own.path).catch(() => writeFile(own.path, '', { flag: 'wx' }));
    await utimes(own.path, new Date(), new Date());
    // Two that begin at once both see the other: the first by name goes on.
    if ((await othersAt(blob)).every((each) => each >= own.path)) return own;
    await own.giveUp();
    return undefined;
  }

  /** Makes the whole file the blob. */
  async complete(): Promise<void> {
    await rename(this.path, this.#blob);
  }

  /** Leaves the part for a later download. */
  async giveUp(): Promise<void> {
    const { size } = await stat(this.path);
    if (size === 0) await this.remove();
    else await rename(this.path, `${this.#blob}.incomplete`);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** The files to which others are downloading a blob; what was given up without a word is made free to take. */
async function othersAt(blob: string): Promise<string[]> {
  const names = await readdir(path.dirname(blob));
  const busy: string[] = [];
  for (const name of names) {
    const [, host, pid] = (name.startsWith(`${path.basename(blob)}.`) && OWNER.exec(name)) || [];
    const place = path.join(path.dirname(blob), name);
    const found = host === undefined ? undefined : await stat(place).catch(() => undefined);
    if (found === undefined) continue;
    const isDead = host === HOST && !isRunning(Number(pid));
    if (isDead || Date.now() - found.mtimeMs > RESTING_MS) await rename(place, `${blob}.incomplete`).catch(() => {});
    else busy.push(place);
  }
  return busy;
}
