// Weights and probe vectors that golden_weights.py computes too, bit for bit, so goldens need not store them.

const GOLDEN_RATIO = 0x9e3779b9;

/** The names of the probe vectors whose dot products stand in a golden's `dots`. */
export const DOT_NAMES = ['dot0', 'dot1', 'dot2'] as const;

/** Sharp attention, activations where the kinds of GELU differ, and heads that let differences through. */
const DOUBLED =
  /(^|\.)(query|key|q_lin|k_lin|intermediate\.dense|lin1|lin2|classifier|qa_outputs|q_proj|k_proj|c_attn|c_fc|gate_proj|fc1|score)\.weight$/;
const NORM = /(LayerNorm|layer_?norm|layernorm_embedding|(^|\.)(norm|ln_\w+))\.weight$/;

/** 32-bit FNV-1a of the UTF-8 bytes of `text`. */
export function fnv1a(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** The hash of (name, flat index), an unsigned 32-bit integer; `seed` is `fnv1a(name)`. */
export function hashU32(seed: number, index: number): number {
  let x = (seed + Math.imul(index, GOLDEN_RATIO)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Element `index` of the vector with this seed: in [-1, 1), a multiple of 2^-15. */
export function uniformAt(seed: number, index: number): number {
  return (hashU32(seed, index) >>> 16) / 32768 - 1;
}

/** Centre and scale of a parameter: norms near 1, small biases, matrices by fan-in, doubled to show mistakes. */
export function affineOf(name: string, shape: readonly number[]): { centre: number; scale: number } {
  if (shape.length === 1) {
    return NORM.test(name) ? { centre: 1, scale: 0.25 } : { centre: 0, scale: 0.125 };
  }
  if (name.includes('embeddings.')) return { centre: 0, scale: 0.5 };
  const fanIn = shape.at(-1) ?? 1;
  let scale = 1;
  while (fanIn * scale * scale > 3) scale /= 2;
  return { centre: 0, scale: DOUBLED.test(name) ? scale * 2 : scale };
}

/** The weights of the parameter `name`, row-major; every value is exact in f32. */
export function goldenTensor(name: string, shape: readonly number[]): Float32Array {
  const { centre, scale } = affineOf(name, shape);
  const seed = fnv1a(name);
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; ++i) values[i] = centre + scale * uniformAt(seed, i);
  return values;
}

/** The weights of a whole model by parameter name, for `{ name, shape }` entries as goldens list them. */
export function goldenStateDict(
  parameters: Iterable<{ readonly name: string; readonly shape: readonly number[] }>,
): Map<string, { shape: readonly number[]; values: Float32Array }> {
  const state = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const { name, shape } of parameters) state.set(name, { shape, values: goldenTensor(name, shape) });
  return state;
}
