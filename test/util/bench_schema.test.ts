import { describe, expect, it } from 'vitest';
import { checkBenchResult, parseBenchResult } from '../../lib/util/bench_schema.js';
import { DataError } from '../../lib/util/errors.js';
import { collectCommit, collectMachine, collectVersions, instructionSets } from '../../lib/util/machine.js';
import { benchResult, benchRow } from '../cli/fixtures.js';

describe('checkBenchResult', () => {
  it('accepts a result with and without the optional fields', () => {
    const plain = benchResult([benchRow('x', 1, 0.1, { T: 8, causal: true, kind: 'none' })]);
    expect(checkBenchResult('test', plain)).toEqual(plain);
    const whole = benchResult(
      [
        {
          ...benchRow('x', 1),
          gflops: 3,
          gbps: 2,
          percentOfCeiling: 40,
          rival: 'onnxruntime',
          ratio: 0.9,
          ratioIqr: 0.1,
        },
      ],
      { medianMs: 1, minMs: 1, tokensPerSecond: 1024, peakMemoryBytes: 7 },
    );
    expect(checkBenchResult('test', whole)).toEqual(whole);
  });

  it.each([
    ['rows.0.samples', benchResult([{ ...benchRow('x', 1), samples: [] }])],
    ['rows.0.iqrMs', benchResult([{ ...benchRow('x', 1), iqrMs: -1 }])],
    ['threads', benchResult([], { threads: 0 })],
    ['machine.isa', benchResult([], { machine: {} as never })],
    ['the whole', null],
  ])('names a wrong field: %s', (field, value) => {
    expect(() => checkBenchResult('ops', value)).toThrow(DataError);
    expect(() => checkBenchResult('ops', value)).toThrow(/^ops: must be a result in the form gridstride-bench\/1/);
    if (field !== 'machine.isa') expect(() => checkBenchResult('ops', value)).toThrow(`got a wrong ${field} (`);
  });

  it('accepts what the collectors of machine, versions and commit give', async () => {
    const parts = { machine: await collectMachine(), versions: collectVersions(), commit: await collectCommit() };
    expect(checkBenchResult('ops', benchResult([], parts))).toMatchObject(parts);
    expect(parts.versions.node).toBe(process.versions.node);
    expect(parts.commit).toMatch(/^([0-9a-f]{40}\+?|unknown)$/);
  });
});

describe('parseBenchResult', () => {
  it('reads indented JSON and refuses text without any', () => {
    const result = benchResult([benchRow('x', 1)]);
    expect(parseBenchResult('a.json', JSON.stringify(result, null, 2))).toEqual(result);
    expect(() => parseBenchResult('a.json', '')).toThrow(/^a\.json: must hold JSON/);
  });
});

describe('instructionSets', () => {
  it('names the sets whose flags are all there', () => {
    const line =
      'processor : 0\nflags\t\t: fpu avx2 fma f16c avx512f avx512bw avx512dq avx512vl avx512_vnni amx_bf16\n';
    expect(instructionSets(line)).toEqual(['avx2', 'avx512', 'avx512-vnni']);
    expect(instructionSets(line.replace('amx_bf16', 'amx_tile amx_bf16'))).toContain('amx-bf16');
    expect(instructionSets('Features\t: fp asimd bf16\n')).toEqual(['neon', 'neon-bf16']);
    expect(instructionSets('')).toEqual([]);
  });
});
