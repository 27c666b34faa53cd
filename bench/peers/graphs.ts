import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../lib/util/package_info.js';
import type { SkippedPeer } from './interactive_peer.js';
import type { PeerModel } from './models.js';

const run = promisify(execFile);

/** The two forms of a graph: as exported, and through onnxruntime's optimiser. Both are timed, the faster counts. */
export const GRAPHS = ['raw', 'optimized'] as const;

/** The file of a graph. */
export function graphFile({ graphs }: PeerModel, form: (typeof GRAPHS)[number], dtype: string): string {
  return path.join(graphs, `${form}${dtype === 'int8' ? '_int8' : ''}.onnx`);
}

/**
 * Exports, optimises and quantises the rival's graphs unless the cache folder has them. Returns why not where Python or a
 * package is missing; an export that Python started and did not finish throws, since a bench without its rival must not
 * look whole.
 */
export async function exportGraphs({ folder, graphs }: PeerModel, python: string): Promise<SkippedPeer | undefined> {
  if (existsSync(path.join(graphs, 'export.json'))) return undefined;
  const packages = 'import torch, transformers, onnx, onnxruntime, onnxruntime.transformers.optimizer';
  try {
    await run(python, ['-c', packages]);
  } catch (error) {
    return { skipped: `onnxruntime's graphs need ${python} with torch, transformers, onnx: ${lastLine(error)}` };
  }
  const script = path.join(packageRoot(), 'bench', 'peers', 'export_onnx.py');
  await run(python, [script, '--model', folder, '--out', graphs]);
  return undefined;
}

/** A folder with a graph and a tokenizer as transformers.js looks for them. */
export async function transformersJsFolder(model: PeerModel, form: (typeof GRAPHS)[number]): Promise<string> {
  const folder = path.join(path.dirname(model.graphs), `transformers_js_${form}`);
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await copyFile(path.join(model.folder, name), path.join(folder, name));
  const graph = path.join(folder, 'onnx', 'model.onnx');
  await rm(graph, { force: true });
  await symlink(path.resolve(graphFile(model, form, 'f32')), graph);
  return folder;
}

/** What a failed command said last. */
export function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
