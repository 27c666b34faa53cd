import { join } from 'node:path';
import { Tensor } from '../../tensor/tensor.js';
import { checkPath } from '../../util/checked_path.js';
import { CheckpointError } from '../../util/errors.js';
import type { ReadOptions } from '../read_options.js';
import { FormatFault } from './fault.js';
import { fillSite, findTensors, siteValue, type TensorSite } from './find_tensors.js';
import type { PickleValue } from './pickle_values.js';
import { putTensors, type TorchFile, type TorchValue, withTorchFile } from './read_torch.js';

/** A group of parameters. @internal */
export interface TorchParameterGroup {
  /** Indices of its parameters, counted over all groups. */
  params: number[];
  /** Everything else by Python's name: `lr`, `betas`, `eps`, `weight_decay` ... */
  options: Map<string, TorchValue>;
}

/** What `optimizer.state_dict()` holds. @internal */
export interface TorchOptimizerState {
  groups: TorchParameterGroup[];
  /**
   * By parameter's index: Adam's have `step` (a number), `exp_avg` and `exp_avg_sq` (of the parameter's shape). A
   * parameter that has not been stepped has none.
   */
  states: Map<number, Map<string, Tensor | number>>;
}

/** What a learning rate scheduler's `state_dict()` holds. @internal */
export interface TorchSchedulerState {
  /** Steps done. */
  lastEpoch: number;
  /** Calls of `step()`, the first in the constructor. */
  stepCount: number;
  /** Learning rates of the groups before the schedule's factor. */
  baseLrs: number[];
  /** All of it, by Python's names. */
  fields: Map<string, TorchValue>;
}

type PlaceOptions = Pick<ReadOptions, 'device' | 'signal'>;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): value is number => typeof value === 'number';

function listOf<T>(what: string, value: PickleValue, isItem: (item: unknown) => item is T): T[] {
  if (Array.isArray(value) && value.every(isItem)) return value;
  throw new FormatFault(`${what} must be a list of numbers, got another value`);
}

/** A dict whose keys are text. */
function dictOf(what: string, value: PickleValue): Map<string, PickleValue> {
  if (value instanceof Map && [...value.keys()].every((key) => typeof key === 'string'))
    return value as Map<string, PickleValue>;
  throw new FormatFault(`${what} must be a dict by name, got another value`);
}

function groupOf(value: PickleValue, at: number): TorchParameterGroup {
  const group = dictOf(`param_groups[${at}]`, value);
  const params = listOf(`param_groups[${at}].params`, group.get('params'), isCount);
  const options = [...group].filter(([name]) => name !== 'params') as [string, TorchValue][];
  return { params, options: new Map(options) };
}

function stateOf(value: PickleValue, index: number): Map<string, Tensor | number> {
  const state = new Map<string, Tensor | number>();
  for (const [name, item] of dictOf(`state[${index}]`, value)) {
    // What an optimizer has not made yet is None.
    if (item === null) continue;
    if (!(item instanceof Tensor) && !isNumber(item))
      throw new FormatFault(`state[${index}].${name} must be a tensor or a number, got another value`);
    state.set(name, item);
  }
  return state;
}

/** A state dict in its form; tensors were read. */
function optimizerOf(value: PickleValue): TorchOptimizerState {
  const dict = dictOf('an optimizer', value);
  const groupList = dict.get('param_groups');
  if (!Array.isArray(groupList)) throw new FormatFault('an optimizer must have a list param_groups, got another value');
  const groups = groupList.map(groupOf);
  const known = new Set(groups.flatMap(({ params }) => params));
  if (known.size !== groups.reduce((count, { params }) => count + params.length, 0))
    throw new FormatFault('each parameter must be in one group, got one again');
  const stateDict = dict.get('state');
  if (!(stateDict instanceof Map)) throw new FormatFault('an optimizer must have a dict state, got another value');
  const states = new Map<number, Map<string, Tensor | number>>();
  for (const [index, state] of stateDict as Map<PickleValue, PickleValue>) {
    if (!isCount(index) || !known.has(index))
      throw new FormatFault(`state must be of parameters in groups, got ${String(index).slice(0, 40)}`);
    states.set(index, stateOf(state, index));
  }
  return { groups, states };
}

/** Counters and options that are tensors of one element become numbers. */
async function putScalars(
  torch: TorchFile,
  sites: readonly TensorSite[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { tensor, path } of sites)
    if (tensor.size !== 1) throw new FormatFault(`${path} must be one number, got ${tensor.text}`);
  await putTensors(torch, sites, { device: 'cpu', signal });
  const made = new Set<Tensor>();
  try {
    for (const site of sites) made.add(siteValue(site) as Tensor);
    for (const site of sites) fillSite(site, Number((await (siteValue(site) as Tensor).data())[0]));
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

const isScalarSite = ({ key, path }: TensorSite): boolean => key === 'step' || path.startsWith('param_groups.');

/**
 * The state of an optimizer that Python's Trainer saved in a checkpoint folder (`optimizer.pt`), read without executing
 * anything. The caller disposes of its tensors.
 *
 * @throws {CheckpointError} The file is not there, malformed, or no optimizer's.
 * @throws {AbortError} The signal fired; OutOfMemoryError; DeviceError.
 * @internal
 */
export async function readTorchOptimizer(folder: string, options: PlaceOptions = {}): Promise<TorchOptimizerState> {
  const where = 'readTorchOptimizer';
  checkPath(where, 'the folder', folder, CheckpointError);
  return withTorchFile(where, join(folder, 'optimizer.pt'), options.signal, async (torch, pacer) => {
    const sites = await findTensors([torch.value], pacer);
    await putScalars(torch, sites.filter(isScalarSite), options.signal);
    const moments = sites.filter((site) => !isScalarSite(site));
    await putTensors(torch, moments, options);
    try {
      return optimizerOf(torch.value);
    } catch (error) {
      for (const site of moments) (siteValue(site) as Tensor).dispose();
      throw error;
    }
  });
}

/**
 * The state of a learning rate scheduler that Python's Trainer saved in a checkpoint folder (`scheduler.pt`), read
 * without executing anything.
 *
 * @throws {CheckpointError} The file is not there, malformed, or no scheduler's.
 * @internal
 */
export async function readTorchScheduler(
  folder: string,
  options: Pick<ReadOptions, 'signal'> = {},
): Promise<TorchSchedulerState> {
  const where = 'readTorchScheduler';
  checkPath(where, 'the folder', folder, CheckpointError);
  return withTorchFile(where, join(folder, 'scheduler.pt'), options.signal, async (torch, pacer) => {
    await putScalars(torch, await findTensors([torch.value], pacer), options.signal);
    const fields = dictOf('a scheduler', torch.value);
    const [lastEpoch, stepCount] = [fields.get('last_epoch'), fields.get('_step_count')];
    if (!isCount(lastEpoch) || !isCount(stepCount))
      throw new FormatFault('a scheduler must have counts last_epoch and _step_count, got other values');
    const baseLrs = listOf('base_lrs of a scheduler', fields.get('base_lrs'), isNumber);
    return { lastEpoch, stepCount, baseLrs, fields: fields as Map<string, TorchValue> };
  });
}
