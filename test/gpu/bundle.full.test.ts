import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaDevice } from '../cuda.js';

interface Step {
  status: string;
  detail: { passed: number; failed: number; groups: { name: string; worstShare: number }[]; rows: object[] } | null;
}
interface Proof {
  bundle: { format: string; kernels: Record<string, string> };
  steps: Record<string, Step>;
}

const root = path.resolve(import.meta.dirname, '../..');

// Compresses Node, which takes a minute the first time.
describe.skipIf(process.env['GRIDSTRIDE_CUDA_BACKEND'] === undefined || cudaDevice === undefined)('the bundle', () => {
  let folder: string;
  const inFolder = (command: string, args: string[], env = {}) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gridstride-bundle-'));
    for (const [file, text] of [
      ['sst2/train.tsv', 'sentence\tlabel\na short one\t1\nnot quite so short\t0\n'],
      ['imdb_subset/test.tsv', 'Sentiment\tText\nPositive\tIt was good, and long.\n'],
    ] as const) {
      mkdirSync(path.join(folder, 'data', path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, 'data', file), text);
    }
    const options = ['--emulation', '--out', folder, '--data', path.join(folder, 'data')];
    execFileSync(process.execPath, ['scripts/gpu_bundle.mjs', ...options], { cwd: root });
    for (const file of ['runner.tar', 'addon.tar']) inFolder('tar', ['-xf', file]);
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('proves an op and times another, by itself, and writes one JSON file', () => {
    const library = path.join(folder, 'app/build/Release/libgridstride_cuda_emulation.so');
    const steps = 'conformance,ops,bench_gemm';
    const args = ['--only', steps, '--match', 'layer_norm (3, 5)', '--limit', 'ops=100', '--python', 'no-python'];
    const output = inFolder('./gpu_prove.sh', args, { GRIDSTRIDE_CUDA_BACKEND: library });
    expect(output).toMatch(/ops: passed/);
    const proof = JSON.parse(readFileSync(path.join(folder, 'proof.json'), 'utf8')) as Proof;
    expect(proof.bundle.format).toBe('gridstride-proof/1');
    const { conformance, ops, bench_gemm: gemm } = proof.steps;
    expect(conformance).toMatchObject({ status: 'skipped', detail: null });
    expect(ops!.detail!.passed).toBeGreaterThan(5);
    expect(ops!.detail!.groups[0]!.worstShare).toBeLessThanOrEqual(1);
    expect(gemm!.detail!.rows).toContainEqual(
      expect.objectContaining({ name: 'matmul', skipped: expect.stringMatching(/no-python/) as unknown }),
    );
  });

  it('says what is wrong with its options', () => {
    expect(() => inFolder('./gpu_prove.sh', ['--only', 'opps'])).toThrow(/--only must name steps of/);
  });
});
