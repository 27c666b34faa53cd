import {
  cast,
  type DType,
  embeddings,
  type EmbeddingsOptions,
  type EmbeddingTables,
  full,
  type Tensor,
  tensor,
  zeros,
} from '../../../lib/index.js';
import { type CaseInput, type ErrorCase, integers, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { drop, make, standardise, zip } from '../reference.js';

interface Options {
  ids: readonly number[];
  channels: number;
  /** Rows of the tables of words, positions and types; 0: no such table. */
  sizes: readonly [number, number, number];
  hasNorm: boolean;
  dropout: number;
  /** Whether words come as rows, without ids. */
  areRows: boolean;
}

const SEED = 9;

function tablesOf(tensors: readonly Tensor[], { sizes, areRows }: Options): EmbeddingTables {
  const rest = [...tensors];
  const [words, positions, types] = sizes.map((size, k) => {
    if (size === 0) return undefined;
    return k === 0 && areRows ? { table: rest.shift()! } : { table: rest.shift()!, ids: rest.shift()! };
  });
  return { words: words!, positions, types };
}

function reference(inputs: readonly Numbers[], { ids, channels, sizes, hasNorm, dropout, areRows }: Options): Numbers {
  const rest = [...inputs];
  const rows = sizes.flatMap((size, k) => {
    if (size === 0) return [];
    const table = rest.shift()!;
    if (k === 0 && areRows) return [table];
    const id = rest.shift()!;
    return [
      make([...ids, channels], (i) => table.data[id.data[Math.floor(i / channels)]! * channels + (i % channels)]!),
    ];
  });
  const sum = zip(rows, (...values) => values.reduce((a, b) => a + b));
  const [gamma, beta] = rest;
  const normed = hasNorm ? zip([standardise(sum, 1e-5), gamma!, beta!], (h, g, b) => h * g + b) : sum;
  return drop(normed, dropout, SEED);
}

function embeddingsCase(part: Partial<Options>, idType: DType = 'i64'): OpCase {
  const options: Options = {
    ids: [5],
    channels: 6,
    sizes: [7, 5, 2],
    hasNorm: true,
    dropout: 0,
    areRows: false,
    ...part,
  };
  const { ids, channels, sizes, hasNorm, dropout, areRows } = options;
  const notes = [hasNorm ? ' normed' : '', dropout > 0 ? ` dropout ${dropout}` : '', areRows ? ' of rows' : ''];
  const inputs = sizes.flatMap((size, k): CaseInput[] => {
    if (size === 0) return [];
    if (k === 0 && areRows) return [{ shape: [...ids, channels] }];
    return [{ shape: [size, channels] }, { shape: ids, dtype: idType, values: integers(0, size) }];
  });
  return opCase<Options>({
    name: `embeddings ${shapeText(sizes)} by ${idType} ${shapeText(ids)} of ${channels}${notes.join('')}`,
    inputs: [...inputs, ...(hasNorm ? [{ shape: [channels] }, { shape: [channels] }] : [])],
    options,
    run(tensors, options, context) {
      const call: EmbeddingsOptions = {
        ...(hasNorm && { norm: { gamma: tensors.at(-2)!, beta: tensors.at(-1)!, eps: 1e-5 } }),
        ...(dropout > 0 && { dropout, generator: context.generator(SEED) }),
      };
      return embeddings(tablesOf(tensors, options), call);
    },
    reference,
  });
}

export const cases = [
  embeddingsCase({}),
  embeddingsCase({ ids: [2, 3], channels: 65, dropout: 0.25 }, 'i32'),
  embeddingsCase({ ids: [9], channels: 64, sizes: [31, 12, 0], dropout: 0.5 }),
  embeddingsCase({ hasNorm: false, sizes: [7, 5, 0] }),
  embeddingsCase({ hasNorm: false, sizes: [4, 0, 0], channels: 8, dropout: 0.1 }),
  embeddingsCase({ areRows: true, ids: [3, 2] }),
  embeddingsCase({ ids: [0] }),
  { ...embeddingsCase({ ids: [1024], channels: 768, sizes: [30522, 512, 2] }), bench: true },
  { ...embeddingsCase({ ids: [1024], channels: 768, sizes: [30522, 512, 2], dropout: 0.1 }), bench: true },
];

const ids = (values: number[], device: string) => tensor(values, { device, dtype: 'i64' });

export const errors: ErrorCase[] = [
  {
    name: 'embeddings of an id out of range known on the host',
    run: (device) => embeddings({ words: { table: zeros([3, 2], { device }), ids: ids([0, 3], device) } }),
    error: 'DataError',
    message: /^embeddings: ids must lie in \[0, 3\), got 3 at position 1/,
  },
  {
    name: 'embeddings of a position out of range made on the device',
    run(device) {
      const words = { table: zeros([3, 2], { device }), ids: ids([0, 2], device) };
      const positions = { table: zeros([4, 2], { device }), ids: cast(tensor([1, 5], { device }), 'i64') };
      return embeddings({ words, positions }).data();
    },
    error: 'DataError',
    message: /^embeddings: .*got 5 at position 1/,
  },
  {
    name: 'embeddings of fewer positions than words',
    run(device) {
      const words = { table: zeros([3, 2], { device }), ids: ids([0, 2], device) };
      return embeddings({ words, positions: { table: zeros([4, 2], { device }), ids: ids([0], device) } });
    },
    error: 'ShapeError',
    message: /^embeddings: ids must be \(2\), got \(1\)/,
  },
  {
    name: 'embeddings of tables of unequal width',
    run(device) {
      const words = { table: zeros([3, 2], { device }), ids: ids([0, 2], device) };
      return embeddings({ words, types: { table: zeros([4, 3], { device }), ids: ids([0, 1], device) } });
    },
    error: 'ShapeError',
    message: /^embeddings: the table must be \(4, 2\), got \(4, 3\)/,
  },
  {
    name: 'embeddings with dropout under 0',
    run: (device) => embeddings({ words: { table: full([3, 2], 1, { device }) } }, { dropout: -1 }),
    error: 'ConfigError',
    message: /^embeddings: dropout must lie in \[0, 1\], got -1/,
  },
];
