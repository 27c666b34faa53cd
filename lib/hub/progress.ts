import cliProgress from 'cli-progress';
import type { HubProgress, HubSettings } from './settings.js';

const MEGABYTE = 1e6;

/** Tells of the bytes of a repository's files: by a bar on standard error, or a caller's function. @internal */
export class ProgressTeller {
  readonly #state: HubProgress;
  readonly #settings: HubSettings;
  #bar: cliProgress.SingleBar | undefined;

  constructor(repo: string, settings: HubSettings) {
    this.#state = { repo, totalBytes: 0, loadedBytes: 0 };
    this.#settings = settings;
  }

  /** Files that are to come. */
  expect(bytes: number): void {
    this.#state.totalBytes += bytes;
    this.#tell();
  }

  add(bytes: number): void {
    this.#state.loadedBytes += bytes;
    this.#tell();
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #tell(): void {
    const { progress } = this.#settings;
    if (typeof progress === 'function') return progress({ ...this.#state });
    if (!progress) return;
    const { repo, totalBytes, loadedBytes } = this.#state;
    const [total, loaded] = [totalBytes / MEGABYTE, loadedBytes / MEGABYTE].map((size) => Number(size.toFixed(1)));
    this.#bar ??= startedBar(repo);
    this.#bar.setTotal(total!);
    this.#bar.update(loaded!);
  }
}

function startedBar(repo: string): cliProgress.SingleBar {
  const format = `${repo} [{bar}] {value}/{total} MB, {eta_formatted} left`;
  const bar = new cliProgress.SingleBar(
    { format, stream: process.stderr, hideCursor: true },
    cliProgress.Presets.legacy,
  );
  bar.start(0, 0);
  return bar;
}
