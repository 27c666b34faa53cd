import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTorchOptimizer, readTorchScheduler } from '../../../lib/io/torch/training_state.js';
import { Tensor } from '../../../lib/tensor/tensor.js';
import { CheckpointError } from '../../../lib/util/errors.js';
import golden from '../../golden/torch_goldens.json' with { type: 'json' };
import { sharedPath } from '../../shared.js';
import { testFolder } from '../safetensors_bytes.js';
import {
  call,
  dict,
  global,
  int,
  legacyBytes,
  list,
  NONE,
  storage,
  tensorPickle,
  text,
  tuple,
} from './pickle_bytes.js';

const root = testFolder();
let folders = 0;

function checkpoint(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(root, `checkpoint-${folders++}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

async function plain(values: Map<string, Tensor | number>): Promise<Record<string, number[]>> {
  const out: Record<string, number[]> = {};
  for (const [name, value] of values)
    out[name] = value instanceof Tensor ? Array.from(await value.data(), Number) : [value];
  return out;
}

describe('readTorchOptimizer', () => {
  it.each(['zip', 'legacy'] as const)("gives AdamW's state and groups of a %s file", async (format) => {
    const folder = checkpoint({ 'optimizer.pt': Buffer.from(golden.optimizer[format], 'base64') });
    const { groups, states } = await readTorchOptimizer(folder, { device: 'cpu' });
    expect(groups.map(({ params }) => params)).toEqual(golden.optimizer.holds.params);
    expect(groups.map(({ options }) => [options.get('weight_decay'), options.get('betas')])).toEqual([
      [0.01, [0.9, 0.999]],
      [0, [0.9, 0.999]],
    ]);
    expect([...states.keys()]).toEqual([0, 1]);
    for (const [index, state] of states)
      expect(await plain(state)).toEqual(golden.optimizer.holds.states[String(index) as '0' | '1']);
    expect((states.get(0)!.get('exp_avg') as Tensor).shape).toEqual([2, 3]);
  });

  const step = (): string => dict(['step', int(3)], ['exp_avg', NONE]);
  const state = (...entries: string[]): [string, string] => ['state', `}(${entries.join('')}u`];
  const group = (...params: number[]): string => dict(['params', list(...params.map(int))]);
  const groups = (...items: string[]): [string, string] => ['param_groups', list(...items)];

  it('takes steps that are numbers, and options that are tensors of one', async () => {
    const lr = tensorPickle({ count: 1, shape: [] });
    const value = dict(state(int(0) + step()), groups(dict(['params', list(int(0))], ['lr', lr])));
    const data = new Uint8Array(Float32Array.of(0.5).buffer);
    const folder = checkpoint({ 'optimizer.pt': legacyBytes(value, [{ key: '0', count: 1, data }]) });
    const read = await readTorchOptimizer(folder);
    expect([...read.states]).toEqual([[0, new Map([['step', 3]])]]);
    expect(read.groups[0]!.options.get('lr')).toBe(0.5);
  });

  it.each([
    ['a list', list(), /an optimizer must be a dict by name/],
    ['no groups', dict(state()), /must have a list param_groups/],
    ['no state', dict(groups(group(0))), /must have a dict state/],
    ['groups that are no dicts', dict(state(), groups(int(1))), /param_groups\[0\] must be a dict/],
    ['parameters that are no numbers', dict(state(), groups(dict(['params', text('all')]))), /params must be a list/],
    ['a parameter twice', dict(state(), groups(group(0, 1), group(1))), /each parameter must be in one group/],
    ['state of an unknown parameter', dict(state(int(9) + step()), groups(group(0))), /in groups, got 9/],
    ['state by name', dict(['state', dict(['w', step()])], groups(group(0))), /in groups, got w/],
    ['text for a state', dict(state(int(0) + dict(['step', text('3')])), groups(group(0))), /step must be a tensor or/],
    [
      'a step of many numbers',
      dict(state(int(0) + dict(['step', tensorPickle({ shape: [4] })])), groups(group(0))),
      /state\.0\.step must be one number, got F32 \(4\)/,
    ],
  ])('refuses %s', async (_, value, message) => {
    const data = new Uint8Array(16);
    const bytes = legacyBytes(value, value.includes('FloatStorage') ? [{ key: '0', count: 4, data }] : []);
    const error = await readTorchOptimizer(checkpoint({ 'optimizer.pt': bytes })).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(message);
  });

  it('names a file that is not there', async () => {
    await expect(readTorchOptimizer(checkpoint({}))).rejects.toThrow(
      /^optimizer\.pt: the file must be readable, got ENOENT in/,
    );
    await expect(readTorchOptimizer('')).rejects.toThrow(/^readTorchOptimizer: the folder must be a path/);
  });
});

describe('readTorchScheduler', () => {
  it('gives the counters and learning rates', async () => {
    const folder = checkpoint({ 'scheduler.pt': Buffer.from(golden.scheduler.zip, 'base64') });
    const { lastEpoch, stepCount, baseLrs, fields } = await readTorchScheduler(folder);
    expect({ lastEpoch, stepCount, baseLrs }).toEqual({ lastEpoch: 3, stepCount: 4, baseLrs: [0.5, 0.5] });
    expect(fields.get('_last_lr')).toEqual([0.125, 0.125]);
  });

  it('refuses what is no scheduler', async () => {
    const value = dict(['last_epoch', int(-1)], ['_step_count', int(1)], ['base_lrs', list()]);
    for (const [bytes, message] of [
      [legacyBytes(value), /counts last_epoch and _step_count/],
      [legacyBytes(dict(['last_epoch', int(1)], ['_step_count', int(1)])), /base_lrs of a scheduler must be a list/],
      [
        legacyBytes(call(global('functools', 'partial'), storage('0', 1), tuple())),
        /functools\.partial is not allowed/,
      ],
    ] as const)
      await expect(readTorchScheduler(checkpoint({ 'scheduler.pt': bytes }))).rejects.toThrow(message);
  });
});

const run = sharedPath('goldens/hf_trainer/run/checkpoint-48');
describe.skipIf(run === undefined)("a checkpoint of Python's Trainer", () => {
  it('gives its optimizer and scheduler', async () => {
    const { groups, states } = await readTorchOptimizer(run!, { device: 'cpu' });
    expect(groups.map(({ params, options }) => [params.length, options.get('weight_decay')])).toEqual([
      [17, 0.05],
      [24, 0],
    ]);
    expect(states.size).toBe(41);
    for (const state of states.values()) {
      expect([...state.keys()]).toEqual(['step', 'exp_avg', 'exp_avg_sq']);
      expect(state.get('step')).toBe(48);
      const squares = await (state.get('exp_avg_sq') as Tensor).data();
      expect(squares.every((value) => value >= 0)).toBe(true);
    }
    expect((states.get(0)!.get('exp_avg') as Tensor).shape).toEqual([424, 24]);
    const { lastEpoch, stepCount, baseLrs } = await readTorchScheduler(run!);
    expect({ lastEpoch, stepCount, baseLrs }).toEqual({ lastEpoch: 48, stepCount: 49, baseLrs: [0.005, 0.005] });
  });
});
