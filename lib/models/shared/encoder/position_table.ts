import { Embedding } from '../../../nn/embedding.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm } from '../../../nn/norm.js';
import { debertaBuckets, slice } from '../../../ops/index.js';
import { tensor } from '../../../tensor/create.js';
import { keep, type Tensor } from '../../../tensor/tensor.js';
import type { DisentangledSpec, EncoderSpec } from './spec.js';

/** Embeddings of the distances within sequences of some length. @internal */
export interface Reach {
  rows: Tensor; // (L, C)
  /** Rows of the distances, as `attention` takes them. */
  bucketOf: Tensor;
}

/** Rows of the table that sequences of up to a length reach. */
interface Span {
  begin: number;
  end: number;
  bucketOf: Tensor;
}

/**
 * An embedding per bucket of distances, which the layers of a DeBERTa share (arXiv 2006.03654, section 3.2).
 * @internal
 */
export class PositionTable extends Module {
  readonly table: Embedding;
  readonly norm?: LayerNorm;
  readonly #buckets: Int32Array;
  readonly #spans = new Map<number, Span>();

  constructor(spec: EncoderSpec, positions: NonNullable<DisentangledSpec['positions']>, init: ParameterInit) {
    super();
    const { hiddenSize, initializerRange: std, eps } = spec;
    const { maxDistance, buckets, isNormed } = positions;
    const span = buckets > 0 ? buckets : maxDistance;
    this.table = new Embedding(2 * span, hiddenSize, { init, std });
    if (isNormed) this.norm = new LayerNorm(hiddenSize, { eps, init });
    this.paths = { table: 'rel_embeddings', norm: 'LayerNorm' };
    this.#buckets = bucketValues(maxDistance, buckets);
  }

  /** What sequences of up to `longest` tokens reach: the others' products would never be read. */
  override forward(longest: number): Reach {
    const { begin, end, bucketOf } = this.#spanOf(longest);
    const rows = slice(this.table.weight, 0, begin, end);
    return { rows: this.norm === undefined ? rows : this.norm.forward(rows), bucketOf };
  }

  override dispose(): void {
    for (const { bucketOf } of this.#spans.values()) bucketOf.dispose();
    this.#spans.clear();
    super.dispose();
  }

  /** Lengths are rounded up to a power of two, so that there are few spans. */
  #spanOf(longest: number): Span {
    const whole = (this.#buckets.length - 1) / 2;
    const reach = Math.min(whole, 2 ** Math.ceil(Math.log2(Math.max(longest, 2))) - 1);
    const known = this.#spans.get(reach);
    if (known !== undefined) return known;
    const used = this.#buckets.subarray(whole - reach, whole + reach + 1);
    const begin = used.at(-1)!; // keys far behind the query come last and have the first row
    const values = used.map((bucket) => bucket - begin);
    const bucketOf = keep(tensor(values, { device: this.table.weight.device }));
    const span = { begin, end: used[0]! + 1, bucketOf };
    this.#spans.set(reach, span);
    return span;
  }
}

function bucketValues(maxDistance: number, buckets: number): Int32Array {
  const table = debertaBuckets({ maxDistance, buckets, device: 'cpu' });
  const values = table.host as Int32Array;
  table.dispose();
  return values;
}
