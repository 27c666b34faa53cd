import { rmsNorm, tensor } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { drop, mapRows, total, zip } from '../reference.js';

interface Options {
  eps: number;
  hasGamma: boolean;
  hasResidual: boolean;
  dropout: number;
}

const SEED = 6;

function rmsNormCase(shape: readonly number[], part: Partial<Options> = {}): OpCase {
  const options: Options = { eps: 1e-6, hasGamma: true, hasResidual: false, dropout: 0, ...part };
  const notes = [
    options.hasGamma ? '' : ' plain',
    options.hasResidual ? ' with residual' : '',
    options.dropout > 0 ? ` dropout ${options.dropout}` : '',
  ].join('');
  return opCase<Options>({
    name: `rms_norm ${shapeText(shape)}${notes}`,
    inputs: [
      { shape },
      ...(options.hasGamma ? [{ shape: [shape.at(-1)!] }] : []),
      ...(options.hasResidual ? [{ shape }] : []),
    ],
    options,
    run: (tensors, { eps, hasGamma, hasResidual, dropout }, context) =>
      rmsNorm(tensors[0]!, hasGamma ? tensors[1] : undefined, {
        eps,
        ...(hasResidual ? { residual: tensors.at(-1)! } : {}),
        ...(dropout > 0 ? { dropout, generator: context.generator(SEED) } : {}),
      }),
    reference(inputs, { eps, hasGamma, hasResidual, dropout }) {
      const dropped = drop(inputs[0]!, dropout, SEED);
      const x = hasResidual ? zip([dropped, inputs.at(-1)!], (value, residual) => value + residual) : dropped;
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
  rmsNormCase([3, 17], { hasResidual: true, dropout: 0.25 }),
  rmsNormCase([2, 2, 64], { dropout: 0.5 }),
];

export const errors: ErrorCase[] = [
  {
    name: 'rms_norm with a gamma of another size',
    run: (device) => rmsNorm(tensor([[1, 2]], { device }), tensor([1, 2, 3], { device })),
    error: 'ShapeError',
    message: /^rms_norm: gamma must be \(2\), got \(3\)/,
  },
];
