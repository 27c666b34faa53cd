import { bceWithLogits, cast, type LossReduction, zeros } from '../../../lib/index.js';
import { between, type ErrorCase, type Numbers, opCase, type OpCase, quarters } from '../cases.js';
import { total } from '../reference.js';

interface Options {
  weights: boolean;
  reduction: LossReduction;
}

const half = (i: number) => 0.5 + (i % 4) / 4;

function reference([x, target, weight, posWeight]: readonly Numbers[], { weights, reduction }: Options): Numbers {
  const losses = x!.data.map((v, i) => {
    const t = target!.data[i]!;
    const w = weights ? weight!.data[i % weight!.data.length]! : 1;
    const p = weights ? posWeight!.data[i % posWeight!.data.length]! : 1;
    const softplus = Math.log1p(Math.exp(-Math.abs(v))) + Math.max(-v, 0);
    return w * ((1 - t) * v + (1 + (p - 1) * t) * softplus);
  });
  if (reduction === 'none') return { shape: x!.shape, data: losses };
  return { shape: [], data: Float64Array.of(total(losses) / (reduction === 'mean' ? losses.length : 1)) };
}

function bceCase(shape: readonly number[], options: Options): OpCase {
  return opCase<Options>({
    name: `bce_with_logits (${shape.join(', ')}) ${options.reduction}${options.weights ? ' weighted' : ''}`,
    inputs: [
      { shape, values: between(-5, 5) },
      { shape, values: (i, random) => Math.abs(quarters(i, random)) / 2, requiresGrad: false },
      ...(options.weights
        ? [
            { shape, values: half, requiresGrad: false },
            { shape: [shape.at(-1)!], values: half, requiresGrad: false },
          ]
        : []),
    ],
    options,
    run([x, target, weight, posWeight], { weights, reduction }) {
      if (!weights) return bceWithLogits(x!, target!, { reduction });
      const wide = x!.dtype === 'f64' ? 'f64' : 'f32';
      const [w, p] = [cast(weight!, wide), cast(posWeight!, wide)];
      const loss = bceWithLogits(x!, target!, { weight: w, posWeight: p, reduction });
      w.dispose();
      p.dispose();
      return loss;
    },
    reference,
  });
}

export const cases = [
  bceCase([5, 3], { weights: false, reduction: 'mean' }),
  bceCase([3, 17], { weights: true, reduction: 'sum' }),
  bceCase([2, 2, 5], { weights: true, reduction: 'none' }),
];

export const errors: ErrorCase[] = [
  {
    name: 'bce_with_logits with targets of another shape',
    run: (device) => bceWithLogits(zeros([2, 3], { device }), zeros([3], { device })),
    error: 'ShapeError',
    message: /^bce_with_logits: the target must be \(2, 3\), got \(3\)/,
  },
  {
    name: 'bce_with_logits with a posWeight of another size',
    run: (device) =>
      bceWithLogits(zeros([2, 3], { device }), zeros([2, 3], { device }), { posWeight: zeros([2], { device }) }),
    error: 'ShapeError',
    message: /^bce_with_logits: posWeight must have the last sizes of x \(2, 3\), got \(2\)/,
  },
];
