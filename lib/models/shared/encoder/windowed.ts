import { FusedLinear, type WeightOptions } from '../../../nn/linear.js';
import {
  abs,
  add,
  attention,
  concat,
  embedding,
  lessEqual,
  logicalOr,
  mul,
  reshape,
  split,
  sub,
  where,
} from '../../../ops/index.js';
import { tensor, zeros } from '../../../tensor/create.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Attended, attendByMatrices } from '../attention_matrices.js';
import { FAR_BELOW, spread, type TokenBatch } from '../batch.js';
import { fusedDropout } from '../dropped.js';
import { type AttentionSpec, type FusedTerms, type Pass, SelfAttention } from './attention.js';

/** Sizes of such attention. @internal */
export interface WindowedAttentionSpec extends AttentionSpec {
  /** Tokens that a token sees to either side. */
  window: number;
  /** Names of the projections of global tokens. */
  globalParts: AttentionSpec['parts'];
}

/**
 * Self-attention within a window. Global tokens are seen by all, and see all by projections of their own.
 * Source: Beltagy et al., Longformer (arXiv 2004.05150), section 3.1.
 * @internal
 */
export class WindowedAttention extends SelfAttention {
  declare protected readonly spec: WindowedAttentionSpec;
  readonly global: FusedLinear;

  constructor(spec: WindowedAttentionSpec, options: WeightOptions) {
    super(spec, options);
    const parts = spec.globalParts.map((name) => ({ name, features: spec.hiddenSize }));
    this.global = new FusedLinear(spec.hiddenSize, parts, options);
    this.paths = { ...this.paths, global: '' };
  }

  /** @param x (T, C) */
  override forward(x: Tensor, pass: Pass): Attended {
    const local = super.forward(x, pass);
    const { globals, segments } = pass.batch;
    if (globals === undefined) return local;
    const { hiddenSize } = this.spec;
    const both = split(this.global.forwardParts(x, 1, 2), 1, 2);
    const [k, v] = both.map((part) => this.#heads(part)) as [Tensor, Tensor];
    const q = this.#heads(this.global.forwardParts(embedding(x, globals.rows), 0)); // (G, H, D)
    const dropping = fusedDropout(this, this.spec.dropout, pass.generator);
    const seen = reshape(attention(q, k, v, { q: globals.segments, kv: segments, ...dropping }), [-1, hiddenSize]);
    const context = embedding(concat([local.context, seen], 0), globals.places);
    if (local.attentions === undefined) return { context };
    const [asking, all] = [pass.batch.layout!, this.#heads(this.global.forwardParts(x, 0))];
    const options = { asking, seen: asking, scale: this.scale, dropout: 0, generator: undefined };
    const ofAll = attendByMatrices(all, k, v, options).attentions;
    return { context, attentions: blend(local.attentions, ofAll, pass.batch) };
  }

  /** Where a mask has gaps, packed neighbours are no neighbours. */
  protected override isWritten(pass: Pass): boolean {
    return super.isWritten(pass) || pass.batch.layout?.hasGaps === true;
  }

  protected override fusedTerms(_q: Tensor, _k: Tensor, { batch }: Pass): FusedTerms {
    return { window: this.spec.window, ...(batch.globals && { globalKeys: batch.globals.keys }) };
  }

  protected override writtenTerms(q: Tensor, _k: Tensor, { batch }: Pass): Tensor {
    const { layout, globals } = batch;
    const { batch: rows, width, cells } = layout!;
    const { dtype, device } = q;
    const columns = tensor(
      Float32Array.from({ length: width }, (_, column) => column),
      { device },
    );
    const isNear = lessEqual(abs(sub(columns, reshape(columns, [width, 1]))), this.spec.window); // (S, S)
    const isGlobal = new Uint8Array(rows * width);
    globals?.marks.forEach((mark, t) => (isGlobal[cells[t]!] = mark));
    const seen = logicalOr(isNear, tensor(isGlobal, { shape: [rows, 1, 1, width], dtype: 'bool', device }));
    return where(seen, zeros([1], { dtype, device }), FAR_BELOW);
  }

  /** (T, C) as (T, H, D). */
  #heads(x: Tensor): Tensor {
    const { heads, hiddenSize } = this.spec;
    return reshape(x, [x.shape[0]!, heads, hiddenSize / heads]);
  }
}

/** The rows of global tokens from one of two, the others from the other; (B, H, S, S). */
function blend(local: Tensor, ofAll: Tensor, { layout, globals }: TokenBatch): Tensor {
  const marks = tensor(Float32Array.from(globals!.marks), { dtype: local.dtype, device: local.device });
  const isGlobal = reshape(spread(reshape(marks, [marks.size, 1]), layout!), [layout!.batch, 1, layout!.width, 1]);
  return add(local, mul(sub(ofAll, local), isGlobal));
}
