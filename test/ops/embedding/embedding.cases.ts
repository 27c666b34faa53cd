import { cast, type DType, embedding, type EmbeddingOptions, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { make } from '../reference.js';

interface Shape {
  vocabulary: number;
  channels: number;
  ids: readonly number[];
}

function embeddingCase(
  { vocabulary, channels, ids }: Shape,
  options: EmbeddingOptions = {},
  idType: DType = 'i64',
): OpCase {
  const notes = Object.entries(options).map(([key, value]) => ` ${key} ${value}`);
  const lowest = options.allowMissing === true ? -1 : 0;
  return opCase<EmbeddingOptions>({
    name: `embedding (${vocabulary}, ${channels}) by ${idType} ${shapeText(ids)}${notes.join('')}`,
    inputs: [
      { shape: [vocabulary, channels] },
      {
        shape: ids,
        dtype: idType,
        values: (_, random) => lowest + Math.floor(random() * (vocabulary - lowest)),
      },
    ],
    options,
    run: ([table, rows], options) => embedding(table!, rows!, options),
    reference: ([table, rows]) =>
      make([...ids, channels], (i) => {
        const id = rows!.data[Math.floor(i / channels)]!;
        return id < 0 ? 0 : table!.data[id * channels + (i % channels)]!;
      }),
    // The gradient that a padding row does not get is not the function's derivative: see the test of it.
    gradient: options.paddingIdx === undefined,
  });
}

export const cases = [
  embeddingCase({ vocabulary: 7, channels: 5, ids: [9] }),
  embeddingCase({ vocabulary: 11, channels: 65, ids: [2, 3] }, {}, 'i32'),
  embeddingCase({ vocabulary: 4, channels: 3, ids: [5] }, { allowMissing: true }),
  embeddingCase({ vocabulary: 6, channels: 4, ids: [3, 3] }, { paddingIdx: 0 }),
  embeddingCase({ vocabulary: 3, channels: 2, ids: [0] }),
  { ...embeddingCase({ vocabulary: 30522, channels: 768, ids: [1024] }), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'embedding of an id out of range known on the host',
    run: (device) => embedding(zeros([3, 2], { device }), tensor([0, 3], { device, dtype: 'i64' })),
    error: 'DataError',
    message: /^embedding: ids must lie in \[0, 3\), got 3 at position 1/,
  },
  {
    name: 'embedding of an id out of range made on the device',
    run: (device) => embedding(zeros([3, 2], { device }), cast(tensor([1, 5], { device }), 'i64')).data(),
    error: 'DataError',
    message: /^embedding: .*got 5 at position 1/,
  },
  {
    name: 'embedding by floating ids',
    run: (device) => embedding(zeros([3, 2], { device }), zeros([2], { device })),
    error: 'DTypeError',
    message: /^embedding: ids must be i64 or i32, got f32/,
  },
];
