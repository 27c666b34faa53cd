import { logSoftmax, softmax, tensor } from '../../../lib/index.js';
import { between, type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { mapRows, total } from '../reference.js';

function softmaxCase(shape: readonly number[], isLogarithm: boolean): OpCase {
  return opCase({
    name: `${isLogarithm ? 'log_softmax' : 'softmax'} ${shapeText(shape)}`,
    inputs: [{ shape, values: between(-6, 6) }],
    options: isLogarithm,
    run: ([x], isLogarithm) => (isLogarithm ? logSoftmax(x!) : softmax(x!)),
    reference: ([x], isLogarithm) =>
      mapRows(x!, (row) => {
        const top = Math.max(...row);
        const lse = top + Math.log(total(row.map((v) => Math.exp(v - top))));
        return row.map((v) => (isLogarithm ? v - lse : Math.exp(v - lse)));
      }),
  });
}

export const cases = [false, true].flatMap((isLogarithm) => [
  softmaxCase([3, 5], isLogarithm),
  softmaxCase([2, 2, 65], isLogarithm),
  softmaxCase([1], isLogarithm),
  softmaxCase([0, 4], isLogarithm),
]);

cases.push({ ...softmaxCase([8192, 128], false), bench: true });

export const errors: ErrorCase[] = [
  {
    name: 'softmax of a scalar',
    run: (device) => softmax(tensor(1, { device })),
    error: 'ShapeError',
    message: /^softmax: x must have a last dimension/,
  },
];
