import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaDevice } from '../../cuda.js';

const emulation = process.env['GRIDSTRIDE_CUDA_BACKEND'];
const folder = mkdtempSync(path.join(tmpdir(), 'gridstride-nvtx-'));
const recorder = path.join(folder, 'recorder.so');
const file = path.join(folder, 'ranges.txt');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs nvtx_child.mjs with a library injected; gives what it printed, and the ranges the library saw. */
async function run(env: Record<string, string>) {
  const child = path.join(import.meta.dirname, 'nvtx_child.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [child], {
    env: { ...process.env, NVTX_RECORDER_FILE: file, ...env },
  });
  return { printed: JSON.parse(stdout) as unknown, ranges: existsSync(file) ? readFileSync(file, 'utf8') : '' };
}

describe.skipIf(cudaDevice === undefined || emulation === undefined)('ranges for profilers', () => {
  beforeAll(() => {
    const source = path.join(import.meta.dirname, 'nvtx_recorder.cc');
    execFileSync(process.env['CXX'] ?? 'c++', ['-std=c++20', '-shared', '-fPIC', source, '-o', recorder]);
  });

  it('are not there without a profiler, or with one that refuses or is missing', async () => {
    for (const env of [
      { NVTX_INJECTION64_PATH: '' },
      { NVTX_INJECTION64_PATH: path.join(folder, 'missing.so') },
      { NVTX_INJECTION64_PATH: recorder, NVTX_RECORDER_REFUSES: '1' },
    ] as Record<string, string>[])
      expect(await run(env)).toEqual({ printed: [2, 4, 6], ranges: '' });
  });

  it('name each traced op and its shapes', async () => {
    const { printed, ranges } = await run({ NVTX_INJECTION64_PATH: recorder });
    expect(printed).toEqual([2, 4, 6]);
    expect(ranges).toBe('push binary f32 (3) -> f32 (3)\npop\n');
  });
});
