import { cast, crossEntropy, type LossReduction, tensor, zeros } from '../../../lib/index.js';
import { between, type ErrorCase, type Numbers, opCase, type OpCase } from '../cases.js';
import { total } from '../reference.js';

interface Options {
  hasWeight: boolean;
  labelSmoothing: number;
  ignoreIndex: number;
  reduction: LossReduction;
}

function reference([logits, labels, weight]: readonly Numbers[], options: Options): Numbers {
  const [rows, classes] = logits!.shape as [number, number];
  const w = options.hasWeight ? weight!.data : new Float64Array(classes).fill(1);
  const losses: number[] = [];
  let normaliser = 0;
  for (let t = 0; t < rows; t++) {
    const label = labels!.data[t]!;
    if (label === options.ignoreIndex) {
      losses.push(0);
      continue;
    }
    const row = logits!.data.subarray(t * classes, (t + 1) * classes);
    const top = Math.max(...row);
    const lse = top + Math.log(total(row.map((v) => Math.exp(v - top))));
    const smooth = total(row.map((v, c) => w[c]! * (lse - v))) / classes;
    losses.push((1 - options.labelSmoothing) * w[label]! * (lse - row[label]!) + options.labelSmoothing * smooth);
    normaliser += w[label]!;
  }
  if (options.reduction === 'none') return { shape: [rows], data: Float64Array.from(losses) };
  return { shape: [], data: Float64Array.of(total(losses) / (options.reduction === 'mean' ? normaliser : 1)) };
}

function crossEntropyCase(rows: number, classes: number, part: Partial<Options> = {}): OpCase {
  const options: Options = { hasWeight: false, labelSmoothing: 0, ignoreIndex: -100, reduction: 'mean', ...part };
  const notes = Object.entries(part).map(([key, value]) => ` ${key} ${value}`);
  return opCase<Options>({
    name: `cross_entropy (${rows}, ${classes})${notes.join('')}`,
    inputs: [
      { shape: [rows, classes], values: between(-3, 3) },
      {
        shape: [rows],
        dtype: 'i64',
        values: (i, random) => (i % 4 === 1 ? options.ignoreIndex : Math.floor(random() * classes)),
      },
      // Weights are f32 beside logits of any type: made from exact numbers, they need no rounding.
      ...(options.hasWeight
        ? [{ shape: [classes], values: (i: number) => 0.5 + (i % 3) / 4, requiresGrad: false }]
        : []),
    ],
    options,
    run([logits, labels, weight], { hasWeight, labelSmoothing, ignoreIndex, reduction }) {
      const wide = logits!.dtype === 'f64' ? 'f64' : 'f32';
      const cast32 = hasWeight ? cast(weight!, wide) : undefined;
      try {
        return crossEntropy(logits!, labels!, {
          ...(cast32 === undefined ? {} : { weight: cast32 }),
          labelSmoothing,
          ignoreIndex,
          reduction,
        });
      } finally {
        cast32?.dispose();
      }
    },
    reference,
  });
}

export const cases = [
  crossEntropyCase(5, 7),
  crossEntropyCase(9, 65, { labelSmoothing: 0.1 }),
  crossEntropyCase(6, 3, { hasWeight: true, labelSmoothing: 0.2, reduction: 'sum' }),
  crossEntropyCase(8, 4, { hasWeight: true, ignoreIndex: 2 }),
  crossEntropyCase(7, 33, { reduction: 'none' }),
  crossEntropyCase(1, 1),
  { ...crossEntropyCase(1024, 30522), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'cross_entropy of a label out of range known on the host',
    run: (device) => crossEntropy(zeros([2, 3], { device }), tensor([0, 3], { device, dtype: 'i64' })),
    error: 'DataError',
    message: /^cross_entropy: labels must lie in \[0, 3\) or be -100, got 3 at position 1/,
  },
  {
    name: 'cross_entropy of a label out of range made on the device',
    run: (device) => crossEntropy(zeros([2, 3], { device }), cast(tensor([0, 7], { device }), 'i32')).data(),
    error: 'DataError',
    message: /^cross_entropy: .*got 7 at position 1/,
  },
  {
    name: 'cross_entropy with labels of another length',
    run: (device) => crossEntropy(zeros([2, 3], { device }), tensor([0], { device, dtype: 'i64' })),
    error: 'ShapeError',
    message: /^cross_entropy: labels must be \(2\), got \(1\)/,
  },
  {
    name: 'cross_entropy with label smoothing over 1',
    run: (device) =>
      crossEntropy(zeros([1, 3], { device }), tensor([0], { device, dtype: 'i64' }), { labelSmoothing: 1.5 }),
    error: 'ConfigError',
    message: /^cross_entropy: labelSmoothing must lie in \[0, 1\], got 1.5/,
  },
];
