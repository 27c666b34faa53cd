import type { LoopPacer } from '../../util/yield.js';
import { FormatFault } from './fault.js';
import { PickleGlobal, PickleObject, type PickleValue } from './pickle_values.js';
import { TorchStorage, TorchTensor } from './torch_tensor.js';

const MAX_DEPTH = 100;
/** Values of all containers as often as they are met on the ways from the root. */
const MAX_VALUES = 1 << 24;
const VALUES_PER_CHECK = 1024;
/** A key may be long and stand above many others. */
const MAX_PATH = 200;

/** Where a tensor stands in a container. */
export interface TensorSite {
  container: PickleValue[] | Map<PickleValue, PickleValue>;
  key: PickleValue;
  tensor: TorchTensor;
  /** `state.0.exp_avg`; cut where it is long. */
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

/** Goes through a value from container to container, without recursion. */
class TensorSearch {
  readonly sites: TensorSite[] = [];
  /** Values in a container that was left; 0 for one on the way from the root. */
  readonly #seen = new Map<object, number>();
  readonly #frames: Frame[] = [];

  constructor(root: PickleValue[]) {
    this.#enter(root, '');
  }

  /** Looks at the next value; false when there is none. */
  step(): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return false;
    const next = frame.entries.next();
    if (next.done === true) {
      this.#leave(frame);
    } else {
      const [key, value] = next.value;
      if (typeof value === 'object' && value !== null) this.#meet(frame, key, value);
      else frame.values++;
    }
    if (frame.values > MAX_VALUES) throw new FormatFault(`a value must hold at most ${MAX_VALUES} others, got more`);
    return true;
  }

  #meet(frame: Frame, key: PickleValue, value: object): void {
    // The list around the root is in no path.
    const name = this.#frames.length === 1 ? '' : String(key);
    const path = (frame.path === '' ? name : `${frame.path}.${name}`).slice(0, MAX_PATH);
    if (value instanceof TorchTensor) this.sites.push({ container: frame.container, key, tensor: value, path });
    else if (Array.isArray(value) || value instanceof Map) return this.#enter(value, path);
    else if (value instanceof TorchStorage || value instanceof PickleGlobal || value instanceof PickleObject)
      throw new FormatFault(`values must be tensors or plain, got another at ${JSON.stringify(path)}`);
    frame.values++;
  }

  #enter(container: TensorSite['container'], path: string): void {
    const known = this.#seen.get(container);
    if (known === 0) throw new FormatFault(`values must not contain themselves, got one at ${JSON.stringify(path)}`);
    if (known !== undefined) {
      this.#frames.at(-1)!.values += known;
      return;
    }
    if (this.#frames.length === MAX_DEPTH)
      throw new FormatFault(`values must be nested at most ${MAX_DEPTH} deep, got more`);
    this.#seen.set(container, 0);
    this.#frames.push({ container, entries: container.entries(), path, values: 1 });
  }

  #leave({ container, values }: Frame): void {
    this.#seen.set(container, values);
    this.#frames.pop();
    const above = this.#frames.at(-1);
    if (above !== undefined) above.values += values;
  }
}

/**
 * The tensors of a list's values, wherever they stand in lists and dicts. Each container is looked at once.
 * @param root Paths begin below it.
 * @throws {FormatFault} It contains itself, is nested too deep, is larger than it seems, or holds what is no plain value.
 */
export async function findTensors(root: PickleValue[], pacer: LoopPacer): Promise<TensorSite[]> {
  const search = new TensorSearch(root);
  for (let count = 1; search.step(); count++) if (count % VALUES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
  return search.sites;
}
