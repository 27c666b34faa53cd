import { joinCapture } from '../tensor/capture.js';
import { zeros } from '../tensor/create.js';
import { checkState } from '../tensor/state.js';
import { callOne, copyInto, keep, Tensor } from '../tensor/tensor.js';
import { CheckpointError, ConfigError, DTypeError } from '../util/errors.js';

/** The tensor a model computes with in place of a parameter: it gets the gradient, and the parameter's new value. */
export interface ComputedWith {
  /** The parameter itself or a copy of it in 16 bits; or a larger tensor of which the parameter is some rows. */
  tensor: Tensor;
  /** First row and the one past the last, where the parameter is not all of it. */
  rows?: readonly [begin: number, end: number];
}

/** Parameters that share settings. */
export interface ParameterGroup {
  params: readonly Tensor[];
  /** Learning rate of the group, relative to nothing: by default the optimizer's. */
  lr?: number;
  weightDecay?: number;
  /** One per parameter; by default the model computes with the parameters themselves. */
  computedWith?: readonly ComputedWith[];
}

/** One parameter with the settings of its group. @internal */
export interface Slot {
  param: Tensor;
  /** Its place in the list of all parameters. */
  index: number;
  rateFactor: number;
  weightDecay: number;
  source: ComputedWith;
  /** What gets the parameter's new value in 16 bits. */
  copy: Tensor | undefined;
}

/** A parameter and its gradient, ready for a step. @internal */
export interface ReadySlot extends Slot {
  gradient: Tensor;
}

/** State of an optimizer as named tensors, to be saved and loaded. */
export type OptimizerState = Map<string, Tensor>;

/**
 * Base of optimizers: parameters in groups, a learning rate that may change between steps, and per-step values in a
 * small tensor on the device, so that a captured step replays with the values of its own turn.
 */
export abstract class Optimizer {
  /** Learning rate of the next step. */
  lr: number;
  protected readonly slots: Slot[] = [];
  /** f32 (2) on the device: learning rate, step. */
  protected readonly schedule: Tensor;
  /** What `stateDict` gives as `step`: f32 (1). */
  readonly #savedStep: Tensor;
  #step = 0;

  /**
   * @throws ConfigError when there is no parameter, or one without a gradient, or one given twice, or a rate is out of
   * range; DTypeError for parameters that are neither f32 nor f64
   */
  constructor(groups: readonly Tensor[] | readonly ParameterGroup[], lr: number, weightDecay: number) {
    checkRange('lr', lr);
    checkRange('weightDecay', weightDecay);
    this.lr = lr;
    const list = groups.map((entry): ParameterGroup => (entry instanceof Tensor ? { params: [entry] } : entry));
    const seen = new Set<Tensor>();
    for (const group of list) {
      checkRange('lr', group.lr ?? lr);
      checkRange('weightDecay', group.weightDecay ?? weightDecay);
      const rateFactor = group.lr === undefined || lr === 0 ? 1 : group.lr / lr;
      const settings = { rateFactor, weightDecay: group.weightDecay ?? weightDecay };
      group.params.forEach((param, i) => {
        checkDType(param);
        const source = group.computedWith?.[i] ?? { tensor: param };
        if (!source.tensor.requiresGrad) throw new ConfigError('optimizer: every parameter must require a gradient');
        if (seen.has(param)) throw new ConfigError('optimizer: a parameter is in two groups');
        seen.add(param);
        this.slots.push({ param, index: this.slots.length, ...settings, source, copy: copyOf(param, source) });
      });
    }
    const first = this.slots[0];
    if (first === undefined) throw new ConfigError('optimizer: there is no parameter to train');
    const { device } = first.param;
    this.schedule = keep(zeros([2], { device }));
    this.#savedStep = keep(zeros([1], { device }));
  }

  /** All parameters, in group order. */
  parameters(): Tensor[] {
    return this.slots.map((slot) => slot.param);
  }

  /** The tensors that hold the gradients; one that several parameters are rows of comes once. */
  gradientTensors(): Tensor[] {
    return [...new Set(this.slots.map((slot) => slot.source.tensor))];
  }

  /** Steps taken so far; where the device skips steps, whoever counts them there sets it. */
  get stepCount(): number {
    return this.#step;
  }
  set stepCount(steps: number) {
    this.#step = steps;
  }

  /**
   * Updates every parameter that has a gradient, in place on the device.
   * @param gradientState what `gradientState` gave: the factor of the gradients, and whether to skip the step
   * @param schedule f32 (2), learning rate and step number from 1, where the device knows them; `lr` and `stepCount` else
   */
  step(gradientState?: Tensor, schedule?: Tensor): void {
    if (schedule !== undefined) copyInto(this.schedule, schedule);
    else {
      this.#nextStep();
      // A captured step is replayed with the learning rate and the step number of its own turn.
      joinCapture(this, () => ({ captured: () => {}, beforeReplay: () => this.#nextStep() }));
    }
    const views: Tensor[] = [];
    const ready = this.slots.flatMap((slot): ReadySlot[] => {
      const { grad } = slot.source.tensor;
      if (grad === undefined) return [];
      const { rows } = slot.source;
      const gradient = rows === undefined ? grad : rowsOf(grad, rows);
      if (gradient !== grad) views.push(gradient);
      return [{ ...slot, gradient }];
    });
    if (ready.length > 0) this.update(ready, gradientState);
    for (const view of views) view.dispose();
  }

  #nextStep(): void {
    this.#step += 1;
    this.schedule.write(Float32Array.of(this.lr, this.#step));
  }

  /** Drops the gradients. */
  zeroGrad(): void {
    for (const { tensor } of this.slots.map((slot) => slot.source)) {
      tensor.grad?.dispose();
      tensor.grad = undefined;
    }
  }

  /** The state by name; `step` is f32 (1). The tensors are the live ones: save them before the next step. */
  stateDict(): OptimizerState {
    this.#savedStep.write(Float32Array.of(this.#step));
    return this.namedState().set('step', this.#savedStep);
  }

  /**
   * Takes a state over from a checkpoint; nothing is taken when a part of it does not fit.
   * @throws CheckpointError when names, shapes or types do not fit, DisposedError
   */
  async loadStateDict(state: OptimizerState): Promise<void> {
    checkState('optimizer', state);
    const own = this.namedState().set('step', this.#savedStep);
    for (const [name, target] of own) checkFits(name, target, state.get(name));
    const read = [...own].map(async ([name, target]) => [target, await state.get(name)!.data()] as const);
    const values = new Map(await Promise.all(read));
    const step = Number(values.get(this.#savedStep)![0]);
    if (!Number.isInteger(step) || step < 0)
      throw new CheckpointError(`optimizer: step must be a whole number from 0, got ${step}`, { step });
    for (const [target, data] of values) target.write(data);
    this.#step = step;
  }

  /** Frees the state; parameters and their gradients stay. */
  dispose(): void {
    for (const tensor of this.namedState().values()) tensor.dispose();
    for (const { copy, source } of this.slots) if (copy !== source.tensor) copy?.dispose();
    this.schedule.dispose();
    this.#savedStep.dispose();
  }

  protected abstract update(ready: readonly ReadySlot[], gradientState: Tensor | undefined): void;
  /** Moments and the like, by name. */
  protected abstract namedState(): Map<string, Tensor>;

  /** Copies of the parameters in 16 bits, as the ops take them: of all or of none. */
  protected copies(ready: readonly ReadySlot[]): number[] {
    return handles(ready.flatMap(({ copy }) => copy ?? []));
  }

  /** A tensor of zeros for each parameter. */
  protected buffers(): Tensor[] {
    return this.slots.map(({ param }) =>
      keep(zeros(param.shape, { dtype: param.dtype === 'f64' ? 'f64' : 'f32', device: param.device })),
    );
  }
}

/** Refuses a setting outside [0, below). @internal */
export function checkRange(name: string, value: number, below = Infinity): void {
  if (typeof value === 'number' && value >= 0 && value < below) return;
  const rule = below === Infinity ? 'must be a number from 0' : `must be a number from 0 to below ${below}`;
  throw new ConfigError(`optimizer: ${name} ${rule}, got ${String(value)}`, { [name]: value });
}

function checkDType({ dtype }: Tensor): void {
  if (dtype === 'f32' || dtype === 'f64') return;
  throw new DTypeError(
    `optimizer: parameters must be f32 or f64, got ${dtype}; load the model with { dtype: 'f32' } or call ` +
      "model.to({ dtype: 'f32' })",
    { dtype },
  );
}

/** A view of some rows. @internal */
export function rowsOf(whole: Tensor, [begin, end]: readonly [begin: number, end: number]): Tensor {
  return callOne((ops) => ops.slice(whole.handle, 0, begin, end));
}

/** Where a parameter's value in the dtype of its computation goes, if that is another tensor. */
function copyOf(param: Tensor, { tensor, rows }: ComputedWith): Tensor | undefined {
  if (tensor.dtype === param.dtype) return undefined;
  return rows === undefined ? tensor : keep(rowsOf(tensor, rows));
}

function checkFits(name: string, target: Tensor, source: Tensor | undefined): void {
  if (source === undefined) throw new CheckpointError(`optimizer: the state lacks ${name}`, { name });
  if (source.shape.join() !== target.shape.join())
    throw new CheckpointError(`optimizer: ${name} must be (${target.shape}), got (${source.shape})`, { name });
  if (source.dtype !== target.dtype)
    throw new CheckpointError(`optimizer: ${name} must be ${target.dtype}, got ${source.dtype}`, { name });
}

/** Handles of tensors. @internal */
export function handles(tensors: readonly Tensor[]): number[] {
  return tensors.map((tensor) => tensor.handle);
}
