import { rmsNorm, tensor } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { map, mapRows, total } from '../reference.js';

interface Options {
  eps: number;
  hasGamma: boolean;
  hasResidual: boolean;
}

function rmsNormCase(shape: readonly number[], part: Partial<Options> = {}): OpCase {
  const options: Options = { eps: 1e-6, hasGamma: true, hasResidual: false, ...part };
  const notes = [options.hasGamma ? '' : ' plain', options.hasResidual ? ' with residual' : ''].join('');
  return opCase<Options>({
    name: `rms_norm ${shapeText(shape)}${notes}`,
    inputs: [
      { shape },
      ...(options.hasGamma ? [{ shape: [shape.at(-1)!] }] : []),
      ...(options.hasResidual ? [{ shape }] : []),
    ],
    options,
    run: (tensors, { eps, hasGamma, hasResidual }) =>
      rmsNorm(tensors[0]!, hasGamma ? tensors[1] : undefined, {
        eps,
        ...(hasResidual ? { residual: tensors.at(-1)! } : {}),
      }),
    reference(inputs, { eps, hasGamma, hasResidual }) {
      const x = hasResidual ? map(inputs[0]!, (value, i) => value + inputs.at(-1)!.data[i]!) : inputs[0]!;
      return mapRows(x, (row) => {
        const scale = 1 / Math.sqrt(total(row.map((v) => v * v)) / row.length + eps);
        return row.map((v, c) => v * scale * (hasGamma ? inputs[1]!.data[c]! : 1));
      });
    },
  });
}

export const cases = [
  rmsNormCase([3, 5]),
  rmsNormCase([2, 2, 65], { hasResidual: true }),
  rmsNormCase([3, 33], { hasGamma: false }),
  rmsNormCase([0, 4]),
];

export const errors: ErrorCase[] = [
  {
    name: 'rms_norm with a gamma of another size',
    run: (device) => rmsNorm(tensor([[1, 2]], { device }), tensor([1, 2, 3], { device })),
    error: 'ShapeError',
    message: /^rms_norm: gamma must be \(2\), got \(3\)/,
  },
];
