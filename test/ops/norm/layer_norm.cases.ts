import { layerNorm, tensor } from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { map, mapRows, total } from '../reference.js';

interface Options {
  eps: number;
  hasGamma: boolean;
  hasResidual: boolean;
}

function reference([x, gamma, beta, residual]: readonly Numbers[], { eps, hasGamma, hasResidual }: Options): Numbers {
  const input = hasResidual ? map(x!, (value, i) => value + (hasGamma ? residual! : gamma!).data[i]!) : x!;
  return mapRows(input, (row) => {
    const mean = total(row) / row.length;
    const centred = row.map((v) => v - mean);
    const scale = 1 / Math.sqrt(total(centred.map((v) => v * v)) / row.length + eps);
    return centred.map((v, c) => v * scale * (hasGamma ? gamma!.data[c]! : 1) + (hasGamma ? beta!.data[c]! : 0));
  });
}

function layerNormCase(shape: readonly number[], part: Partial<Options> = {}): OpCase {
  const options: Options = { eps: 1e-12, hasGamma: true, hasResidual: false, ...part };
  const channels = [shape.at(-1)!];
  const gamma = options.hasGamma ? [{ shape: channels }, { shape: channels }] : [];
  const residual = options.hasResidual ? [{ shape }] : [];
  const notes = [options.hasGamma ? '' : ' plain', options.hasResidual ? ' with residual' : ''].join('');
  return opCase<Options>({
    name: `layer_norm ${shapeText(shape)}${notes}`,
    inputs: [{ shape }, ...gamma, ...residual],
    options,
    run(tensors, { eps, hasGamma, hasResidual }) {
      const extra = hasResidual ? { residual: tensors.at(-1)! } : {};
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
];

export const errors: ErrorCase[] = [
  {
    name: 'layer_norm with a beta of another size',
    run: (device) => layerNorm(tensor([[1, 2]], { device }), undefined, tensor([1], { device })),
    error: 'ShapeError',
    message: /^layer_norm: beta must be \(2\), got \(1\)/,
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
