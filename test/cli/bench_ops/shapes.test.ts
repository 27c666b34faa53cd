import { describe, expect, it } from 'vitest';
import { CasePlace, drawInputs } from '../../../lib/cli/bench_ops/place.js';
import { SHAPED_OPS } from '../../../lib/cli/bench_ops/shaped_ops.js';
import { shapedCases } from '../../../lib/cli/bench_ops/shapes.js';
import { memory, sync, trace } from '../../../lib/index.js';
import { cudaDevice, modelDevices } from '../../cuda.js';
import { runInProcess } from '../fixtures.js';

/** A shape that gives each letter a small size of its own. */
const shapeOf = (op: string): string =>
  SHAPED_OPS[op]!.letters.map((letter, i) => `${letter}=${letter === 'd' ? 8 : 3 + i}`).join(',');

describe.each(modelDevices)('shapes on %s', (device) => {
  it.each(Object.keys(SHAPED_OPS))('of %s run forward and back, and leave nothing', async (op) => {
    const { cases } = shapedCases(op, [shapeOf(op), shapeOf(op)]);
    expect(cases.map(({ name }) => name)).toEqual(Array(2).fill(`${op} ${shapeOf(op)}`));
    const before = memory(device).liveTensors;
    const place = new CasePlace(cases[0]!, drawInputs(cases[0]!, 1), device, 'f32');
    const { events } = await trace(
      () => {
        place.forward();
        place.training();
      },
      { device },
    );
    expect(events.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(0);
    place.dispose();
    await sync(device);
    expect(memory(device).liveTensors).toBe(before);
  });
});

it('gives tensors the sizes that the letters name', () => {
  const shapes = (op: string, shape: string) => shapedCases(op, [shape]).cases[0]!.inputs.map((input) => input.shape);
  expect(shapes('attention', 'b=2, h=4, s=3, d=8')).toEqual([
    [6, 4, 8],
    [6, 4, 8],
    [6, 4, 8],
  ]);
  expect(shapes('attention', 'b=2,h=4,s=3,d=8,hkv=2,causal=1')[1]).toEqual([6, 2, 8]);
  expect(shapes('linear', 'm=2,n=3,k=4')).toEqual([[2, 4], [3, 4], [3]]);
  expect(shapes('matmul', 'k=4,n=3,m=2,b=5')).toEqual([
    [5, 2, 4],
    [5, 4, 3],
  ]);
});

it('times them from the command line, on the CPU and on CUDA', async () => {
  const flags = ['--op', 'softmax', '--shape', 't=4,v=8', '--shape', 't=2,v=16', '--runs', '1', '--json'];
  for (const device of cudaDevice === undefined ? ['cpu:reference'] : ['cpu:reference', cudaDevice]) {
    const { code, stdout } = await runInProcess('bench', 'ops', '--device', device, ...flags);
    expect(code).toBe(0);
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { rows: { name: string; medianMs: number }[] };
    const timed = result.rows.filter(({ medianMs }) => medianMs > 0).map(({ name }) => name);
    expect(timed).toEqual(['t=4,v=8', 't=4,v=8', 't=2,v=16', 't=2,v=16'].map((shape) => `softmax ${shape}`));
  }
});

it.each([
  [['--op', 'atention'], /--op must be one of add, attention, .*, got atention \(did you mean "attention"\?\)$/],
  [['--op', 'toString'], /--op must be one of add, attention, .*, got toString/],
  [['--op', 'linear'], /--op linear needs a --shape that names m, n, k$/],
  [['--shape', 'n=1'], /--shape needs --op, one of add, attention/],
  [['linear', '--op', 'linear'], /--op and a filter exclude each other, got linear and linear$/],
  [['--op', 'linear', '--shape', 'm=2,n=3'], /--shape of linear must name m, n, k, got no k$/],
  [['--op', 'matmul', '--shape', 'm=2,n=3,q=1'], /--shape of matmul must name m, n, k, \[b\], got q$/],
  [['--op', 'linear', '--shape', 'm=2,m=3'], /--shape of linear must name m, n, k, got m twice$/],
  [
    ['--op', 'gelu', '--shape', 'n=0'],
    /--shape of gelu must give each letter an integer from 1 to 2147483647, as in n=1, got n=0$/,
  ],
  [['--op', 'gelu', '--shape', '7'], /must give each letter an integer from 1 .*, got 7$/],
  [
    ['--op', 'attention', '--shape', 'b=1,h=1,s=1,d=8,causal=2'],
    /must give each letter 0 or 1, as in causal=1, got causal=2$/,
  ],
  [['--op', 'softmax', '--shape', 't=65536,v=65536'], /must make tensors of less than 2\^31 elements, got 4294967296$/],
])('refuses %j', async (args, message) => {
  const { code, stderr } = await runInProcess('bench', 'ops', ...args);
  expect([code, stderr.trimEnd()]).toEqual([2, expect.stringMatching(message)]);
});
