import { type FusedLinear, Linear, type WeightOptions } from '../../../nn/linear.js';
import { add, expand, gather, matmul, permute, reshape } from '../../../ops/index.js';
import { tensor, zeros } from '../../../tensor/create.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { spread } from '../batch.js';
import { dropped } from '../dropped.js';
import { type AttentionSpec, type FusedTerms, type Pass, SelfAttention } from './attention.js';
import type { DisentangledSpec, EncoderNames } from './spec.js';

/** Sizes of such attention. @internal */
export interface DisentangledAttentionSpec extends AttentionSpec {
  terms: DisentangledSpec;
  /** Of the embeddings of distances. */
  positionDropout: number;
  positionParts: NonNullable<EncoderNames['positionParts']>;
}

/** Terms by bucket of distance, (T, H, L) each. */
interface Terms {
  /** Of the query's content with the distance's key. */
  row: Tensor | undefined;
  /** Of the key's content with the distance's query. */
  col: Tensor | undefined;
  bucketOf: Tensor;
}

/**
 * Self-attention whose scores have terms of content and position beside those of content. They are products per token
 * and bucket of distance, linear in the sequence, which `attention` looks up by distance.
 * Source: He et al., DeBERTa (arXiv 2006.03654), section 3.2; buckets and shared weights: arXiv 2111.09543.
 * @internal
 */
export class DisentangledAttention extends SelfAttention {
  declare protected readonly spec: DisentangledAttentionSpec;
  readonly positionKey?: Linear;
  readonly positionQuery?: Linear;

  constructor(spec: DisentangledAttentionSpec, options: WeightOptions) {
    super(spec, options);
    const { terms, positionParts, hiddenSize } = spec;
    const isOwn = terms.positions !== undefined && !terms.sharesWeights;
    if (isOwn && terms.contentToPosition)
      this.positionKey = new Linear(hiddenSize, hiddenSize, { ...options, bias: terms.hasKeyBias });
    if (isOwn && terms.positionToContent) this.positionQuery = new Linear(hiddenSize, hiddenSize, options);
    this.paths = { ...this.paths, positionKey: positionParts.key, positionQuery: positionParts.query };
  }

  protected override get scale(): number {
    const { contentToPosition, positionToContent } = this.spec.terms;
    return super.scale / Math.sqrt(1 + Number(contentToPosition) + Number(positionToContent));
  }

  /** Where a mask has gaps, packed neighbours are no neighbours. */
  protected override isWritten(pass: Pass): boolean {
    return super.isWritten(pass) || pass.batch.layout?.hasGaps === true;
  }

  protected override fusedTerms(q: Tensor, k: Tensor, pass: Pass): FusedTerms {
    const { scale } = this;
    const terms = this.#terms(q, k, pass);
    if (terms === undefined) return { scale };
    const { row, col, bucketOf } = terms;
    const [, heads, buckets] = (row ?? col)!.shape as [number, number, number];
    const none = (): Tensor => zeros([1, heads, buckets], { dtype: q.dtype, device: q.device });
    return { scale, bias: { row: row ?? none(), ...(col && { col }), bucketOf } };
  }

  protected override writtenTerms(q: Tensor, k: Tensor, pass: Pass): Tensor | undefined {
    const terms = this.#terms(q, k, pass);
    if (terms === undefined) return undefined;
    const { row, col, bucketOf } = terms;
    const { layout } = pass.batch;
    const { batch, width } = layout!;
    /** For the token of each column, its terms at the distances of all columns. */
    const atColumns = (x: Tensor, sign: 1 | -1): Tensor => {
      const index = tensor(columnBuckets(bucketOf, width, sign), {
        shape: [1, 1, width, width],
        device: x.device,
      });
      const byHead = permute(spread(x, layout!), [0, 2, 1, 3]); // (B, H, S, L)
      return gather(byHead, 3, expand(index, [batch, this.spec.heads, width, width]));
    };
    const ofQueries = row && atColumns(row, 1);
    const ofKeys = col && permute(atColumns(col, -1), [0, 1, 3, 2]);
    return ofQueries && ofKeys ? add(ofQueries, ofKeys) : (ofQueries ?? ofKeys);
  }

  /** Undefined where there is neither; one of them at least where not. */
  #terms(q: Tensor, k: Tensor, pass: Pass): Terms | undefined {
    const { hiddenSize, heads, terms, positionDropout } = this.spec;
    const { contentToPosition, positionToContent, sharesWeights } = terms;
    const reach = contentToPosition || positionToContent ? pass.reach?.() : undefined;
    if (reach === undefined) return undefined;
    const rows = dropped(this, reach.rows, positionDropout, pass.generator);
    const project = (part: number, own: Linear | undefined): Tensor =>
      sharesWeights ? (this.qkv as FusedLinear).forwardParts(rows, part) : own!.forward(rows);
    const product = (content: Tensor, projected: Tensor): Tensor => {
      const byHead = permute(reshape(projected, [rows.shape[0]!, heads, hiddenSize / heads]), [1, 0, 2]); // (H, L, D)
      const scores = matmul(permute(content, [1, 0, 2]), byHead, { transposeB: true, alpha: this.scale });
      return permute(scores, [1, 0, 2]);
    };
    return {
      row: contentToPosition ? product(q, project(1, this.positionKey)) : undefined,
      col: positionToContent ? product(k, project(0, this.positionQuery)) : undefined,
      bucketOf: reach.bucketOf,
    };
  }
}

/** Buckets (S, S) of the distances from the column of each row to all columns, or with sign -1 of those to the row's. */
function columnBuckets(bucketOf: Tensor, width: number, sign: 1 | -1): Int32Array {
  const values = bucketOf.host as Int32Array;
  const reach = (values.length - 1) / 2;
  return Int32Array.from({ length: width * width }, (_, at) => {
    const distance = sign * ((at % width) - Math.floor(at / width));
    return values[Math.min(Math.max(distance, -reach), reach) + reach]!;
  });
}
