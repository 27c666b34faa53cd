import { joinCapture } from '../tensor/capture.js';
import { zeros } from '../tensor/create.js';
import { keep, Tensor } from '../tensor/tensor.js';
import { CheckpointError, ConfigError } from '../util/errors.js';

/** Parameters that share settings. */
export interface ParameterGroup {
  params: readonly Tensor[];
  /** Learning rate of the group, relative to nothing: by default the optimizer's. */
  lr?: number;
  weightDecay?: number;
}

/** One parameter with the settings of its group. @internal */
export interface Slot {
  param: Tensor;
  /** Its place in the list of all parameters. */
  index: number;
  rateFactor: number;
  weightDecay: number;
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
  #step = 0;

  /** @throws ConfigError when there is no parameter, or one without a gradient, or one given twice */
  constructor(groups: readonly Tensor[] | readonly ParameterGroup[], lr: number, weightDecay: number) {
    if (!(lr >= 0)) throw new ConfigError(`optimizer: lr must not be negative, got ${lr}`, { lr });
    this.lr = lr;
    const list = groups.map((entry): ParameterGroup => (entry instanceof Tensor ? { params: [entry] } : entry));
    const seen = new Set<Tensor>();
    for (const group of list)
      for (const param of group.params) {
        if (!param.requiresGrad) throw new ConfigError('optimizer: every parameter must require a gradient');
        if (seen.has(param)) throw new ConfigError('optimizer: a parameter is in two groups');
        seen.add(param);
        const rateFactor = group.lr === undefined || lr === 0 ? 1 : group.lr / lr;
        this.slots.push({ param, index: this.slots.length, rateFactor, weightDecay: group.weightDecay ?? weightDecay });
      }
    const first = this.slots[0];
    if (first === undefined) throw new ConfigError('optimizer: there is no parameter to train');
    this.schedule = keep(zeros([2], { device: first.param.device }));
  }

  /** All parameters, in group order. */
  parameters(): Tensor[] {
    return this.slots.map((slot) => slot.param);
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.#step;
  }

  /**
   * Updates every parameter that has a gradient, in place on the device.
   * @param gradientState what `clipGradNorm` left: scale and skip flag
   */
  step(gradientState?: Tensor): void {
    this.#nextStep();
    // A captured step is replayed with the learning rate and the step number of its own turn.
    joinCapture(this, () => ({ captured: () => {}, beforeReplay: () => this.#nextStep() }));
    const ready = this.slots.filter((slot) => slot.param.grad !== undefined);
    if (ready.length > 0) this.update(ready, gradientState);
  }

  #nextStep(): void {
    this.#step += 1;
    this.schedule.write(Float32Array.of(this.lr, this.#step));
  }

  /** Drops the gradients. */
  zeroGrad(): void {
    for (const { param } of this.slots) {
      param.grad?.dispose();
      param.grad = undefined;
    }
  }

  /** The state by name; `step` is f32 (1). The tensors are the live ones: save them before the next step. */
  stateDict(): OptimizerState {
    const state = this.namedState();
    const step = zeros([1], { device: this.slots[0]!.param.device });
    step.write(Float32Array.of(this.#step));
    state.set('step', step);
    return state;
  }

  /** Takes a state over from a checkpoint. @throws CheckpointError when names or shapes do not fit */
  async loadStateDict(state: OptimizerState): Promise<void> {
    const own = this.namedState();
    for (const [name, target] of own) {
      const source = state.get(name);
      if (source === undefined) throw new CheckpointError(`optimizer: the state lacks ${name}`, { name });
      if (source.shape.join() !== target.shape.join())
        throw new CheckpointError(`optimizer: ${name} must be (${target.shape}), got (${source.shape})`, { name });
      target.write((await source.data()) as Float32Array);
    }
    const step = state.get('step');
    if (step === undefined) throw new CheckpointError('optimizer: the state lacks step');
    this.#step = await step.item();
  }

  /** Frees the state; parameters and their gradients stay. */
  dispose(): void {
    for (const tensor of this.namedState().values()) tensor.dispose();
    this.schedule.dispose();
  }

  protected abstract update(ready: readonly Slot[], gradientState: Tensor | undefined): void;
  /** Moments and the like, by name. */
  protected abstract namedState(): Map<string, Tensor>;

  /** A tensor of zeros for each parameter. */
  protected buffers(): Tensor[] {
    return this.slots.map(({ param }) =>
      keep(zeros(param.shape, { dtype: param.dtype === 'f64' ? 'f64' : 'f32', device: param.device })),
    );
  }
}

/** Handles of tensors. @internal */
export function handles(tensors: readonly Tensor[]): number[] {
  return tensors.map((tensor) => tensor.handle);
}
