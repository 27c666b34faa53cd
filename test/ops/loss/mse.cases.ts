import { type LossReduction, mseLoss, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { map, total } from '../reference.js';

function mseCase(shape: readonly number[], reduction: LossReduction): OpCase {
  return opCase({
    name: `mse ${shapeText(shape)} ${reduction}`,
    inputs: [{ shape }, { shape }],
    options: reduction,
    run: ([x, target], reduction) => mseLoss(x!, target!, { reduction }),
    reference([x, target], reduction) {
      const squares = map(x!, (v, i) => (v - target!.data[i]!) ** 2);
      if (reduction === 'none') return squares;
      return {
        shape: [],
        data: Float64Array.of(total(squares.data) / (reduction === 'mean' ? squares.data.length : 1)),
      };
    },
  });
}

export const cases = [mseCase([5, 13], 'mean'), mseCase([3], 'sum'), mseCase([2, 3, 5], 'none')];

export const errors: ErrorCase[] = [
  {
    name: 'mse with targets of another shape',
    run: (device) => mseLoss(zeros([2], { device }), zeros([3], { device })),
    error: 'ShapeError',
    message: /^mse: the target must be \(2\), got \(3\)/,
  },
];
