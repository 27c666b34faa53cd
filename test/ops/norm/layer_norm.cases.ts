import { layerNorm, tensor } from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { drop, standardise, zip } from '../reference.js';

interface Options {
  eps: number;
  hasGamma: boolean;
  hasResidual: boolean;
  dropout: number;
}

const SEED = 5;

function reference(inputs: readonly Numbers[], { eps, hasGamma, hasResidual, dropout }: Options): Numbers {
  const dropped = drop(inputs[0]!, dropout, SEED);
  const h = standardise(hasResidual ? zip([dropped, inputs.at(-1)!], (x, residual) => x + residual) : dropped, eps);
  return hasGamma ? zip([h, inputs[1]!, inputs[2]!], (value, gamma, beta) => value * gamma + beta) : h;
}

function layerNormCase(shape: readonly number[], part: Partial<Options> = {}): OpCase {
  const options: Options = { eps: 1e-12, hasGamma: true, hasResidual: false, dropout: 0, ...part };
  const channels = [shape.at(-1)!];
  const gamma = options.hasGamma ? [{ shape: channels }, { shape: channels }] : [];
  const residual = options.hasResidual ? [{ shape }] : [];
  const notes = [
    options.hasGamma ? '' : ' plain',
    options.hasResidual ? ' with residual' : '',
    options.dropout > 0 ? ` dropout ${options.dropout}` : '',
  ].join('');
  return opCase<Options>({
    name: `layer_norm ${shapeText(shape)}${notes}`,
    inputs: [{ shape }, ...gamma, ...residual],
    options,
    run(tensors, { eps, hasGamma, hasResidual, dropout }, context) {
      const extra = {
        ...(hasResidual && { residual: tensors.at(-1)! }),
        // Finite differences call it again and again: each call begins the stream anew.
        ...(dropout > 0 && { dropout, generator: context.generator(SEED) }),
      };
      return layerNorm(tensors[0]!, hasGamma ? tensors[1] : undefined, hasGamma ? tensors[2] : undefined, {
        eps,
        ...extra,
      });
    },
    reference,
  });
}

export const cases = [
  layerNormCase([3, 5]),
  layerNormCase([2, 3, 65], { hasResidual: true }),
  layerNormCase([4, 7], { hasGamma: false, eps: 1e-5 }),
  layerNormCase([1, 33], { hasGamma: false, hasResidual: true }),
  layerNormCase([0, 8]),
  layerNormCase([3, 17], { hasResidual: true, dropout: 0.25, eps: 1e-5 }),
  layerNormCase([2, 3, 64], { hasResidual: true, dropout: 0.5 }),
  layerNormCase([4, 8], { hasGamma: false, dropout: 0.1, eps: 1e-5 }),
  { ...layerNormCase([1024, 768], { hasResidual: true }), bench: true },
  { ...layerNormCase([1024, 768], { hasResidual: true, dropout: 0.1 }), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'layer_norm with a beta of another size',
    run: (device) => layerNorm(tensor([[1, 2]], { device }), undefined, tensor([1], { device })),
    error: 'ShapeError',
    message: /^layer_norm: beta must be \(2\), got \(1\)/,
  },
  {
    name: 'layer_norm with dropout over 1',
    run: (device) => layerNorm(tensor([[1, 2]], { device }), undefined, undefined, { dropout: 1.5 }),
    error: 'ConfigError',
    message: /^layer_norm: dropout must lie in \[0, 1\], got 1.5/,
  },
  {
    name: 'layer_norm of integers',
    run: (device) => layerNorm(tensor([[1, 2]], { device, dtype: 'i32' })),
    error: 'DTypeError',
    message: /^layer_norm: the dtype must be floating, got i32/,
  },
  {
    name: 'layer_norm with a residual of another dtype',
    run: (device) =>
      layerNorm(tensor([[1, 2]], { device }), undefined, undefined, {
        residual: tensor([[1, 2]], { device, dtype: 'bf16' }),
      }),
    error: 'DTypeError',
    message: /^layer_norm: tensors must share a dtype, got f32 and bf16/,
  },
];
