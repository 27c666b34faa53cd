import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readJsonFile } from '../io/json_file.js';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import { CheckpointError } from '../util/errors.js';
import { pythonJson, snakeKeys } from './arguments/python_json.js';
import { removeReport } from './report/remove_report.js';

const ALL = 'all_results.json';
/** Whose results scripts for Python's Trainer and its callers leave: what others' files are called is not known here. */
const SPLITS = ['train', 'eval', 'test', 'predict'];

async function readResults(file: string): Promise<Record<string, unknown>> {
  try {
    const json = await readJsonFile(file);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return {};
    throw error;
  }
}

/** The results that a Trainer leaves in its output folder. @internal */
export class Results {
  readonly #folder: string;
  /** What was saved here: no other run's. */
  readonly #own = new Map<string, Record<string, number>>();

  constructor(outputDir: string) {
    this.#folder = outputDir;
  }

  /**
   * Writes `<split>_results.json` and adds the metrics to `all_results.json`, as Python's `save_metrics`.
   * @throws CheckpointError when the folder cannot be written
   */
  async save(split: string, metrics: Record<string, number>): Promise<void> {
    await ensureWritableFolder(this.#folder);
    const before = await readResults(path.join(this.#folder, ALL));
    this.#own.set(split, metrics);
    await writeFileAtomic(path.join(this.#folder, `${split}_results.json`), pythonJson(metrics, 4));
    await this.#writeAll({ ...before, ...(snakeKeys(metrics) as object) });
  }

  /**
   * Removes what an earlier run left beside its model and checkpoints: results, state and report would be taken for those
   * of the run that has just ended.
   * @throws CheckpointError when the folder cannot be written
   */
  async dropEarlier(): Promise<void> {
    const earlier = SPLITS.filter((split) => !this.#own.has(split)).map((split) => `${split}_results.json`);
    for (const name of [...earlier, ALL, 'trainer_state.json'])
      await rm(path.join(this.#folder, name), { force: true });
    await removeReport(this.#folder);
    if (this.#own.size > 0) await this.#writeAll(snakeKeys(Object.assign({}, ...this.#own.values())) as object);
  }

  async #writeAll(results: object): Promise<void> {
    await writeFileAtomic(path.join(this.#folder, ALL), pythonJson(results, 4));
  }
}
