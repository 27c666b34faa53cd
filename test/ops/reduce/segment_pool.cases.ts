import { type PoolKind, segmentPool, Segments, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase } from '../cases.js';
import { make } from '../reference.js';

interface Options {
  lengths: readonly number[];
  kind: PoolKind;
}

const JOIN: Readonly<Record<PoolKind, (values: readonly number[]) => number>> = {
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  max: (values) => Math.max(...values),
  first: (values) => values[0]!,
  last: (values) => values.at(-1)!,
};

/** `spare` rows past the last segment belong to none. */
function poolCase(kind: PoolKind, lengths: readonly number[], channels: number, spare = 0): OpCase {
  const rows = lengths.reduce((a, b) => a + b, spare);
  return opCase<Options>({
    name: `segment_pool ${kind} of (${lengths.join(' + ')}${spare > 0 ? ` and ${spare} spare` : ''}, ${channels})`,
    inputs: [{ shape: [rows, channels] }],
    options: { lengths, kind },
    run: ([x], { lengths, kind }, context) => segmentPool(x!, context.segments(lengths), kind),
    reference: ([x], { lengths, kind }) =>
      make([lengths.length, channels], (i) => {
        const [b, c] = [Math.floor(i / channels), i % channels];
        const begin = lengths.slice(0, b).reduce((sum, n) => sum + n, 0);
        const values = Array.from({ length: lengths[b]! }, (_, t) => x!.data[(begin + t) * channels + c]!);
        return values.length === 0 ? 0 : JOIN[kind](values);
      }),
  });
}

const KINDS: readonly PoolKind[] = ['mean', 'max', 'first', 'last'];

export const cases = KINDS.flatMap((kind) => [
  poolCase(kind, [3, 1, 5], 7),
  poolCase(kind, [2, 0, 4], 33, 2),
  poolCase(kind, [1], 1),
]);

export const errors: ErrorCase[] = [
  {
    name: 'segment_pool with fewer rows than tokens',
    run: (device) => segmentPool(zeros([3, 2], { device }), Segments.fromLengths([2, 2], device), 'mean'),
    error: 'ShapeError',
    message: /^segment_pool: x must have a row per token, got 3 rows for 4/,
  },
  {
    name: 'segment_pool with segments that decrease, known to the device',
    run: (device) => {
      const segments = Segments.fromLengths([2, 1], device);
      segments.cuSeqlens.write(new Int32Array([0, 2, 1]));
      return segmentPool(zeros([3, 2], { device }), segments, 'mean');
    },
    error: 'DataError',
    message: /^segment_pool: \w+ must not decrease, got 1 at position 2/,
  },
];
