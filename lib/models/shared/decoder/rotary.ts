import { tensor } from '../../../tensor/create.js';
import { keep, type Tensor } from '../../../tensor/tensor.js';

/** How inverse frequencies of rotary positions are made for sequences longer than those of the pre-training. @internal */
export type RotaryScaling =
  | { type: 'default' }
  | { type: 'linear'; factor: number }
  | { type: 'dynamic'; factor: number }
  | { type: 'llama3'; factor: number; low: number; high: number; original: number }
  | {
      type: 'yarn';
      factor: number;
      original: number;
      fast: number;
      slow: number;
      attentionFactor: number;
      truncates: boolean;
    };

/** Rotary positions of a model. @internal */
export interface RotarySpec {
  theta: number;
  /** Elements of a head, all of which turn. */
  headSize: number;
  /** Tokens of the sequences that the model was trained on: from there on `dynamic` scaling sets in. */
  trainedLength: number;
  scaling: RotaryScaling;
}

/** What queries and keys turn by. @internal */
export interface Rotation {
  positions: Tensor; // (T)
  frequencies: Tensor; // (D / 2)
  /** Multiplies cosines and sines. */
  factor: number;
}

/**
 * Inverse frequencies of a head's pairs for sequences of so many tokens, (D / 2).
 * Sources: Su et al., arXiv 2104.09864 (the plain ones); Chen et al., arXiv 2306.15595 (`linear`); Peng et al., YaRN,
 * arXiv 2309.00071 (`yarn`, section 3.2, and `dynamic`, appendix B.1); Dubey et al., arXiv 2407.21783 (`llama3`).
 * @internal
 */
export function inverseFrequencies(spec: RotarySpec, length: number): Float32Array {
  const { theta, headSize, scaling, trainedLength } = spec;
  const frequencies = (base: number) =>
    Float32Array.from({ length: headSize / 2 }, (_, pair) => base ** ((-2 * pair) / headSize));
  const plain = frequencies(theta);
  switch (scaling.type) {
    case 'default':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'dynamic': {
      const { factor } = scaling;
      const stretch = (factor * Math.max(length, trainedLength)) / trainedLength - (factor - 1);
      return frequencies(theta * stretch ** (headSize / (headSize - 2)));
    }
    case 'llama3': {
      const { factor, low, high, original } = scaling;
      return plain.map((frequency) => {
        const turns = (original * frequency) / (2 * Math.PI);
        const share = Math.min(Math.max((turns - low) / (high - low), 0), 1);
        return (1 - share) * (frequency / factor) + share * frequency;
      });
    }
    case 'yarn':
      return yarnFrequencies(plain, spec, scaling);
  }
}

function yarnFrequencies(
  plain: Float32Array,
  { theta, headSize }: RotarySpec,
  { factor, original, fast, slow, truncates }: RotaryScaling & { type: 'yarn' },
): Float32Array {
  const pairOf = (turns: number) => (headSize * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [pairOf(fast), pairOf(slow)];
  const begin = Math.max(truncates ? Math.floor(first) : first, 0);
  const end = Math.min(truncates ? Math.ceil(last) : last, headSize - 1);
  const width = begin === end ? 0.001 : end - begin;
  return plain.map((frequency, pair) => {
    const ramp = Math.min(Math.max((pair - begin) / width, 0), 1);
    return (frequency / factor) * ramp + frequency * (1 - ramp);
  });
}

/** The frequencies of a model on its device. They are no parameters: they follow from the config. @internal */
export class RotaryFrequencies {
  readonly #spec: RotarySpec;
  #plain: Tensor | undefined;

  constructor(spec: RotarySpec) {
    this.#spec = spec;
  }

  /** Whether the frequencies depend on the batch: on its longest sequence, as in Python. */
  get isDynamic(): boolean {
    return this.#spec.scaling.type === 'dynamic';
  }

  /** What a pass over tokens at these positions turns by. */
  rotation(positions: Tensor): Rotation {
    const { scaling, trainedLength } = this.#spec;
    const factor = scaling.type === 'yarn' ? scaling.attentionFactor : 1;
    const length = this.isDynamic ? longest(positions) : 0;
    if (length > trainedLength) return { positions, factor, frequencies: this.#made(length, positions.device) };
    this.#plain ??= keep(this.#made(0, positions.device));
    return { positions, factor, frequencies: this.#plain };
  }

  dispose(): void {
    this.#plain?.dispose();
    this.#plain = undefined;
  }

  #made(length: number, device: string): Tensor {
    return tensor(inverseFrequencies(this.#spec, length), { device });
  }
}

/** Tokens up to the last position. */
function longest({ host }: Tensor): number {
  return (host as Int32Array).reduce((most, position) => Math.max(most, position + 1), 0);
}
