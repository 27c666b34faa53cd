import { klDiv, type KlDivOptions, zeros } from '../../../lib/index.js';
import { between, type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { map, total } from '../reference.js';

function klCase(shape: readonly number[], options: KlDivOptions): OpCase {
  const isLog = options.logTarget ?? false;
  return opCase<KlDivOptions>({
    name: `kl_div ${shapeText(shape)} ${options.reduction}${isLog ? ' of a log target' : ''}`,
    inputs: [
      { shape, values: between(-4, -0.1) },
      { shape, values: isLog ? between(-4, -0.1) : between(0.05, 1), requiresGrad: false },
    ],
    options,
    run: ([x, target], options) => klDiv(x!, target!, options),
    reference([x, target], { logTarget, reduction }) {
      const terms = map(x!, (v, i) => {
        const t = target!.data[i]!;
        return logTarget === true ? Math.exp(t) * (t - v) : t * (Math.log(t) - v);
      });
      if (reduction === 'none') return terms;
      const divisor = { mean: terms.data.length, sum: 1, batchmean: shape[0]! }[reduction!];
      return { shape: [], data: Float64Array.of(total(terms.data) / divisor) };
    },
  });
}

export const cases = [
  klCase([5, 7], { reduction: 'mean' }),
  klCase([3, 17], { reduction: 'batchmean', logTarget: true }),
  klCase([9], { reduction: 'sum' }),
  klCase([2, 3], { reduction: 'none' }),
];

export const errors: ErrorCase[] = [
  {
    name: 'kl_div with targets of another shape',
    run: (device) => klDiv(zeros([2], { device }), zeros([3], { device })),
    error: 'ShapeError',
    message: /^kl_div: the target must be \(2\), got \(3\)/,
  },
];
