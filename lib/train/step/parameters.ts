import { type ComputedWith, type ParameterGroup, rowsOf } from '../../optim/optimizer.js';
import { keep, type Tensor } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';
import type { TrainableModel } from '../types.js';

/** What settles the groups of parameters. @internal */
export interface GroupSettings {
  learningRate: number;
  weightDecay: number;
  /** Factor of the learning rate from each layer to the one below. */
  layerwiseLrDecay?: number | undefined;
  /** The f32 parameters behind the 16-bit ones that the model computes with. */
  masters?: ReadonlyMap<Tensor, Tensor>;
}

/** A tensor of a checkpoint that is trained. */
interface Part {
  name: string;
  whole: Tensor;
  rows: readonly [begin: number, end: number] | undefined;
  isTransposed?: boolean | undefined;
}

// As in Hugging Face: biases and the weights of normalisations do not decay, whatever these are called.
const UNDECAYED = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)|(?:^|\.)ln_/i;
const LAYER = /(?:^|\.)(?:layers?|blocks?|h)\.(\d+)\./;
const EMBEDDINGS = /(?:^|\.)(?:embeddings?|embed_tokens|embed_positions|shared|wte|wpe)\./;

function partsOf(model: TrainableModel): Part[] {
  const entries = model
    .stateEntries?.()
    .map(({ name, parameter, rows, isTransposed }): Part => ({ name, whole: parameter, rows, isTransposed }));
  const all: Part[] =
    entries ?? [...model.namedParameters()].map(([name, whole]) => ({ name, whole, rows: undefined }));
  return all.filter(({ whole }) => whole.requiresGrad);
}

/** How many layers lie above a parameter: heads have none, embeddings all. */
function depthOf(name: string, layers: number): number {
  const layer = LAYER.exec(name)?.[1];
  if (layer !== undefined) return layers - Number(layer);
  return EMBEDDINGS.test(name) ? layers + 1 : 0;
}

/**
 * The trainable parameters of a model as an optimizer takes them: by the names and shapes that checkpoints have, those
 * with weight decay first, then biases and norms.
 * @internal
 */
export class TrainedParameters {
  readonly groups: readonly ParameterGroup[];
  /** Checkpoint names, in the order of the optimizer's parameters. */
  readonly names: readonly string[];
  /** Those that checkpoints hold with their axes exchanged. */
  readonly transposed: ReadonlySet<string>;
  readonly #views: Tensor[] = [];

  /** @throws ConfigError when nothing is to be trained */
  constructor(model: TrainableModel, settings: GroupSettings) {
    const parts = partsOf(model);
    if (parts.length === 0) throw new ConfigError('Trainer: the model has no trainable parameter');
    const layers = parts.reduce((most, { name }) => Math.max(most, Number(LAYER.exec(name)?.[1] ?? -1) + 1), 0);
    const { learningRate, weightDecay, layerwiseLrDecay: factor } = settings;
    const depth = (part: Part) => (factor === undefined ? 0 : depthOf(part.name, layers));
    const ordered: Part[] = [];
    const group = (decays: boolean, level: number): ParameterGroup[] => {
      const members = parts.filter((part) => UNDECAYED.test(part.name) !== decays && depth(part) === level);
      if (members.length === 0) return [];
      ordered.push(...members);
      return [
        {
          params: members.map((part) => this.#master(part, settings.masters)),
          computedWith: members.map(({ whole, rows }): ComputedWith => ({ tensor: whole, ...(rows && { rows }) })),
          weightDecay: decays ? weightDecay : 0,
          ...(factor !== undefined && { lr: learningRate * factor ** level }),
        },
      ];
    };
    const levels = [...new Set(parts.map(depth))].sort((a, b) => a - b);
    this.groups = [true, false].flatMap((decays) => levels.flatMap((level) => group(decays, level)));
    this.names = ordered.map(({ name }) => name);
    this.transposed = new Set(ordered.flatMap(({ name, isTransposed }) => (isTransposed === true ? [name] : [])));
  }

  /** Frees the views of fused parameters. */
  dispose(): void {
    for (const view of this.#views) view.dispose();
  }

  #master({ whole, rows }: Part, masters: GroupSettings['masters']): Tensor {
    const master = masters?.get(whole) ?? whole;
    if (rows === undefined) return master;
    const view = keep(rowsOf(master, rows));
    this.#views.push(view);
    return view;
  }
}
