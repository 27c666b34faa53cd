// Dynamic shared memory is an argument of the launch, which no compiler's report shows: here is what the launchers ask
// for, by kernel and its template arguments. A kernel that takes dynamic shared memory and is not listed fails the run.

const BYTES = { BFloat16: 2, Float16: 2, float: 4 };
/** Operands in f32 and `tiles` matrices of products: simt_shared of native/cuda/attention/launch.h. */
const simt = (tiles) => 4 * (64 * 36 + 32 * 16 * 8 + tiles * 64 * 68);
/** Of a relative bias: the buckets of distances to 512 in 16 bits, and where asked for the tiles of bucket_sums.cuh. */
const relative = (scores, hasTiles) => (scores === 'RelativeScores' ? 2176 + (hasTiles ? 4 * 16 * 40 * 4 : 0) : 0);

const DYNAMIC = [
  {
    kernel: /^gemm_mma<(\w+), MmaShape<(\d+), (\d+), (\d+), (\d+),/,
    bytes: (type, m, n, depth, stages) => Math.max(stages * (+m + +n) * depth * BYTES[type], 4 * m * n),
  },
  {
    kernel: /^gemm_ffma<FfmaShape<(\d+), (\d+), (\d+), (\d+),/,
    bytes: (m, n, depth, stages) => 4 * Math.max(stages * (+m + +n + 8) * depth, m * n),
  },
  {
    kernel: /^attention_forward_mma<(\w+), (\d+), (\w+)>/,
    bytes: (type, d, scores) => {
      const rows = scores === 'RelativeScores' ? 64 : 128;
      return (rows + 4 * (d <= 64 ? 64 : 32)) * d * BYTES[type] + relative(scores, false);
    },
  },
  {
    kernel: /^attention_backward_keys_mma<(\w+), (\d+), (\w+)>/,
    bytes: (type, d, scores) => {
      const queries = d <= 64 ? 64 : 32;
      const rows = d <= 64 && scores === 'PlainScores' ? 128 : 64;
      return (2 * rows + 4 * queries) * d * BYTES[type] + 4 * 4 * queries + relative(scores, true);
    },
  },
  {
    kernel: /^attention_backward_queries_mma<(\w+), (\d+), (\w+)>/,
    bytes: (type, d, scores) => {
      const rows = d <= 64 && scores !== 'RelativeScores' ? 128 : 64;
      return (2 * rows + 4 * (d <= 64 ? 64 : 32)) * d * BYTES[type] + relative(scores, true);
    },
  },
  { kernel: /^linear_int8_mma</, bytes: () => 4 * (64 * 64 + 16 * 72 * 4) },
  { kernel: /^attention_forward_simt(?:<|$)/, bytes: () => simt(1) },
  { kernel: /^attention_backward_(?:\w+_simt|bias)(?:<|$)/, bytes: () => simt(2) },
  {
    kernel: /^softmax_backward_block_holds_row<\w+, (\d+), \d+, (\d+)>/,
    bytes: (threads, waiting) => 16 * threads * waiting,
  },
  {
    kernel: /^attention_decode_split<\w+, DecodeShape<(\d+), (\d+), (\d+), (\d+)>/,
    bytes: (length, vectors, team, rows) => 4 * rows * (length * vectors * team + 128),
  },
  // Of the tests.
  { kernel: /^multiply_kernel<(\d+)>/, bytes: (columns) => 32 * columns * 2 },
  { kernel: /^ldmatrix_kernel</, bytes: () => 4 * 32 * 4 },
  { kernel: /^copy_kernel</, bytes: () => 32 * 16 },
  { kernel: /^copy_if_kernel$/, bytes: () => 32 * 16 },
  { kernel: /^hand_over_kernel$/, bytes: () => 4 * 32 },
];

/** Bytes of dynamic shared memory of an instance by its name; null: not stated. */
export function dynamicShared(name) {
  for (const { kernel, bytes } of DYNAMIC) {
    const found = kernel.exec(name);
    if (found !== null) return bytes(...found.slice(1));
  }
  return null;
}
