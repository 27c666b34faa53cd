import path from 'node:path';
import { readJsonFile } from '../io/json_file.js';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import { CheckpointError } from '../util/errors.js';
import { pythonJson, snakeKeys } from './arguments/python_json.js';

async function readResults(file: string): Promise<Record<string, unknown>> {
  try {
    const json = await readJsonFile(file);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return {};
    throw error;
  }
}

/**
 * Writes `<split>_results.json` and adds the metrics to `all_results.json`, as Python's `save_metrics`.
 * @throws CheckpointError when the folder cannot be written
 * @internal
 */
export async function saveResults(outputDir: string, split: string, metrics: Record<string, number>): Promise<void> {
  await ensureWritableFolder(outputDir);
  const all = path.join(outputDir, 'all_results.json');
  const before = await readResults(all);
  await writeFileAtomic(path.join(outputDir, `${split}_results.json`), pythonJson(metrics, 4));
  await writeFileAtomic(all, pythonJson({ ...before, ...(snakeKeys(metrics) as object) }, 4));
}
