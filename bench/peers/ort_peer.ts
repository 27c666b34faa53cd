import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SkippedPeer } from './interactive_peer.js';
import { InteractivePeer } from './interactive_peer.js';

const run = promisify(execFile);

/** Which model to export: a Hugging Face folder, or a config.json whose weights come from test/golden/weights.ts. */
export interface ExportSource {
  readonly model?: string;
  readonly config?: string;
  /** The folder for raw.onnx, optimized.onnx and export.json; what is there already is kept. */
  readonly cache: string;
  /** A Python with torch, transformers, onnx and onnxruntime. */
  readonly python?: string;
}

/** What onnxruntime runs: a graph of the cache folder on so many threads. */
export interface OrtRun {
  readonly cache: string;
  readonly variant: 'raw' | 'optimized';
  readonly batch: number;
  readonly seq: number;
  readonly threads: number;
}

/**
 * Exports and optimises the rival's graphs unless the cache folder has them. Returns why not where Python or a package is
 * missing; an export that Python started and did not finish throws, since a bench without its rival must not look whole.
 */
export async function exportOrtGraphs(source: ExportSource): Promise<SkippedPeer | undefined> {
  const { cache, model, config, python = 'python3' } = source;
  if (existsSync(join(cache, 'export.json'))) return undefined;
  const packages = 'import torch, transformers, onnx, onnxruntime, onnxruntime.transformers.optimizer';
  try {
    await run(python, ['-c', packages]);
  } catch (error) {
    return { skipped: `onnxruntime's graphs need ${python} with torch, transformers, onnx: ${lastLine(error)}` };
  }
  const from = model === undefined ? ['--config', config ?? ''] : ['--model', model];
  await run(python, [join(peersFolder(), 'export_onnx.py'), ...from, '--out', cache]);
  return undefined;
}

/** Opens onnxruntime-node on one graph of the cache; says why not where bench/node_modules or the graph is missing. */
export async function openOrtPeer(options: OrtRun): Promise<InteractivePeer | SkippedPeer> {
  const { cache, variant, batch, seq, threads } = options;
  const folder = peersFolder();
  if (!existsSync(join(folder, '..', 'node_modules', 'onnxruntime-node'))) {
    return { skipped: 'onnxruntime-node is not installed: npm ci --ignore-scripts --prefix bench' };
  }
  if (!existsSync(join(cache, `${variant}.onnx`))) return { skipped: `no ${variant}.onnx in the cache folder` };
  const sizes = { batch, seq, threads };
  const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = join(folder, 'ort_bert.mjs');
  return InteractivePeer.open(process.execPath, [
    script,
    '--cache',
    cache,
    '--variant',
    variant,
    ...flags,
    '--interactive',
  ]);
}

/** bench/peers of the sources, also when this file runs compiled from dist/. */
function peersFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, 'ort_bert.mjs')) ? here : join(here, '..', '..', '..', 'bench', 'peers');
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
