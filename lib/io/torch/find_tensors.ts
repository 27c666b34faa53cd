import type { LoopPacer } from '../../util/yield.js';
import { FormatFault } from './fault.js';
import { PickleGlobal, type PickleValue } from './pickle_values.js';
import { TorchStorage, TorchTensor } from './torch_tensor.js';

const MAX_DEPTH = 100;
/** Values of all containers as often as they are met on the ways from the root. */
const MAX_VALUES = 1 << 24;
const VALUES_PER_CHECK = 1024;

/** Where a tensor stands in a container. */
export interface TensorSite {
  container: PickleValue[] | Map<PickleValue, PickleValue>;
  key: PickleValue;
  tensor: TorchTensor;
  /** `state.0.exp_avg` */
  path: string;
}

/** What stands at a site now. */
export function siteValue({ container, key }: TensorSite): PickleValue {
  return container instanceof Map ? container.get(key) : container[key as number];
}

/** Puts a value in the tensor's place. */
export function fillSite({ container, key }: TensorSite, value: PickleValue): void {
  if (container instanceof Map) container.set(key, value);
  else container[key as number] = value;
}

interface Frame {
  container: TensorSite['container'];
  entries: Iterator<[PickleValue, PickleValue]>;
  path: string;
  /** Values met below so far. */
  values: number;
}

/**
 * The tensors of a list's values, wherever they stand in lists and dicts. Each container is looked at once.
 * @param root Paths begin below it.
 * @throws {FormatFault} It contains itself, is nested too deep, is larger than it seems, or holds what is no plain value.
 */
export async function findTensors(root: PickleValue[], pacer: LoopPacer): Promise<TensorSite[]> {
  const sites: TensorSite[] = [];
  /** Values in a container that was left; 0 for one on the way from the root. */
  const seen = new Map<object, number>();
  const frames: Frame[] = [];
  const enter = (value: PickleValue, path: string): number => {
    if (value instanceof TorchStorage || value instanceof PickleGlobal)
      throw new FormatFault(`values must be tensors or plain, got another at ${JSON.stringify(path)}`);
    if (!Array.isArray(value) && !(value instanceof Map)) return 1;
    const known = seen.get(value);
    if (known === 0) throw new FormatFault(`values must not contain themselves, got one at ${JSON.stringify(path)}`);
    if (known !== undefined) return known;
    if (frames.length === MAX_DEPTH) throw new FormatFault(`values must be nested at most ${MAX_DEPTH} deep, got more`);
    seen.set(value, 0);
    frames.push({ container: value as Frame['container'], entries: value.entries(), path, values: 1 });
    return 0;
  };
  enter(root, '');
  for (let count = 1, frame = frames.at(-1); frame !== undefined; count++, frame = frames.at(-1)) {
    if (count % VALUES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
    const next = frame.entries.next();
    if (next.done === true) {
      seen.set(frame.container, frame.values);
      frames.pop();
      const above = frames.at(-1);
      if (above !== undefined) above.values += frame.values;
    } else {
      const [key, value] = next.value;
      const path = frames.length === 1 ? '' : frame.path === '' ? String(key) : `${frame.path}.${String(key)}`;
      if (value instanceof TorchTensor) sites.push({ container: frame.container, key, tensor: value, path });
      frame.values += enter(value, path);
    }
    if (frame.values > MAX_VALUES) throw new FormatFault(`a value must hold at most ${MAX_VALUES} others, got more`);
  }
  return sites;
}
