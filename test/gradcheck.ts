import { grad, noGrad, type Tensor, tidy, tensor } from '../lib/index.js';
import { sequence, sizeOf } from './ops/cases.js';

/** How {@link gradcheck} differs from its defaults. */
export interface GradcheckOptions {
  /** Half the distance of the two points of a difference. */
  step?: number;
  /** Allowed difference, relative to 1 + the largest gradient of that input. */
  tolerance?: number;
  /** Elements of each input that are tried, spread evenly. */
  maxElements?: number;
}

type Outputs = Tensor | readonly Tensor[];

const listOf = (outputs: Outputs): readonly Tensor[] => (outputs instanceof Array ? outputs : [outputs as Tensor]);

/** Weights of the sum that turns outputs into one number; the same for every evaluation. */
function weightsFor(outputs: readonly Tensor[]): Float64Array[] {
  const random = sequence(77);
  return outputs.map((y) => Float64Array.from({ length: sizeOf(y.shape) }, () => random() * 2 - 1));
}

async function weightedSum(f: () => Outputs, weights: readonly Float64Array[]): Promise<number> {
  const outputs = noGrad(() => tidy(() => listOf(f())));
  let sum = 0;
  for (const [k, y] of outputs.entries()) {
    const values = await y.data();
    weights[k]!.forEach((w, i) => (sum += w * Number(values[i])));
    y.dispose();
  }
  return sum;
}

async function analytic(f: () => Outputs, inputs: readonly Tensor[]) {
  const outputs = listOf(f());
  const weights = weightsFor(outputs);
  const outputGrads = outputs.map((y, k) => tensor(weights[k]!, { dtype: y.dtype, shape: y.shape, device: y.device }));
  const grads = grad(outputs, inputs, { outputGrads });
  const values: Float64Array[] = [];
  for (const [k, g] of grads.entries()) {
    if (g !== undefined && String(g.shape) !== String(inputs[k]!.shape))
      throw new Error(`gradcheck: the gradient of input ${k} has shape (${g.shape}), not (${inputs[k]!.shape})`);
    values.push(g === undefined ? new Float64Array(inputs[k]!.size) : Float64Array.from(await g.data(), Number));
  }
  for (const t of [...outputs, ...outputGrads, ...grads]) t?.dispose();
  return { weights, values };
}

/**
 * Compares the gradient of `f` with central differences in f64, for an op or a whole module.
 * @param f reads `inputs` (and whatever else it closes over) and gives floating outputs
 * @param inputs f64 leaves that require gradients, on a reference device; they are changed in place and restored
 * @returns the number of elements compared
 * @throws Error naming the element that differs most
 */
export async function gradcheck(
  f: () => Outputs,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<number> {
  const { step = 1e-5, tolerance = 1e-6, maxElements = 48 } = options;
  const { weights, values } = await analytic(f, inputs);
  let compared = 0;
  for (const [k, input] of inputs.entries()) {
    if (input.dtype !== 'f64') throw new Error(`gradcheck: input ${k} must be f64, got ${input.dtype}`);
    const original = Float64Array.from(await input.data(), Number);
    const scale = 1 + values[k]!.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    const stride = Math.max(1, Math.ceil(original.length / maxElements));
    for (let i = 0; i < original.length; i += stride) {
      const at = async (value: number) => {
        const moved = original.slice();
        moved[i] = value;
        input.write(moved);
        return weightedSum(f, weights);
      };
      const numeric = ((await at(original[i]! + step)) - (await at(original[i]! - step))) / (2 * step);
      compared += 1;
      if (Math.abs(numeric - values[k]![i]!) > tolerance * scale || Number.isNaN(numeric - values[k]![i]!)) {
        input.write(original);
        throw new Error(
          `gradcheck: input ${k}, element ${i}: the gradient is ${values[k]![i]}, differences give ${numeric}`,
        );
      }
    }
    input.write(original);
  }
  return compared;
}
