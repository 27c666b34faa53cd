import { noGrad } from '../autograd/tape.js';
import { activation as activationOf, add, cast, concat, dropout, linear, matmul, mul } from '../ops/index.js';
import { zeros } from '../tensor/create.js';
import type { Generator } from '../tensor/random.js';
import { callOne, copyInto, type Tensor, tidy } from '../tensor/tensor.js';
import type { ParameterInit } from './init.js';
import type { LinearFusion } from './linear.js';
import { Module } from './module.js';

/** Rows of a linear layer that get an update of their own. @internal */
export interface LoraPart {
  /** The rows' name in checkpoints; '' where the layer is not fused. */
  name: string;
  /** First row and the one past the last. */
  rows: readonly [begin: number, end: number];
  rank: number;
  /** Factor of the update. */
  scale: number;
}

/** How new updates begin: theirs is 0 unless `isRandom`. @internal */
export interface LoraStart {
  distribution: 'uniform' | 'normal';
  isRandom: boolean;
}

/** What all parts of a layer share. @internal */
export interface LoraOptions {
  inFeatures: number;
  outFeatures: number;
  /** Chance to zero an element of what the update reads. */
  dropout: number;
  start: LoraStart;
  init: ParameterInit;
  /** Of dropout's random numbers. */
  generator: () => Generator | undefined;
}

/** The two factors of one update, of r columns and r rows. */
class LowRank extends Module {
  a: Tensor; // (r, K)
  b: Tensor; // (n, r)

  constructor(
    readonly part: LoraPart,
    { inFeatures, start, init }: LoraOptions,
  ) {
    super();
    const { rank, rows } = part;
    const outFeatures = rows[1] - rows[0];
    const uniform = (shape: [number, number]): Tensor => init.uniform(shape, 1 / Math.sqrt(shape[1]));
    this.a = start.distribution === 'normal' ? init.normal([rank, inFeatures], 1 / rank) : uniform([rank, inFeatures]);
    this.b = start.isRandom ? uniform([outFeatures, rank]) : init.constant([outFeatures, rank], 0);
    this.paths = { a: 'lora_A.weight', b: 'lora_B.weight' };
  }

  /** scale B A, in f32 at least. @returns (n, K) */
  override forward(): Tensor {
    const wide = (x: Tensor): Tensor => (x.dtype === 'f64' ? x : cast(x, 'f32'));
    return mul(matmul(wide(this.b), wide(this.a)), this.part.scale);
  }
}

/**
 * Low-rank updates of some rows of a linear layer: y = activation(x Wᵀ + b + s dropout(x) Aᵀ Bᵀ) + residual. The parts of
 * a fused layer are computed together: their A stand one below the other, their B on the diagonal of a matrix that is 0
 * elsewhere, and they share dropout's mask.
 * Source: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models (arXiv 2106.09685).
 * @internal
 */
export class LoraUpdate extends Module {
  readonly parts: readonly LowRank[];
  readonly #options: LoraOptions;
  /** Whether the layer's weights hold the update, so that it is not computed. */
  isMerged = false;

  constructor(parts: readonly LoraPart[], options: LoraOptions) {
    super();
    this.parts = parts.map((part) => new LowRank(part, options));
    this.paths = { parts: (i) => parts[i]!.name };
    this.#options = options;
  }

  /** @param x (..., K) @param base the layer's own product with what is fused with it @returns (..., N) */
  override forward(x: Tensor, base: (fusion: LinearFusion) => Tensor, fusion: LinearFusion): Tensor {
    const { activation = 'none', residual } = fusion;
    const { dropout: p } = this.#options;
    const generator = this.#options.generator();
    const input = this.training && p > 0 ? dropout(x, p, generator && { generator }) : x;
    const down = linear(input, this.#down()); // (..., sum of r)
    const isLast = activation === 'none';
    const sum = linear(down, this.#up(), undefined, { residual: base(isLast ? fusion : {}) });
    if (isLast) return sum;
    const active = activationOf(sum, activation);
    return residual === undefined ? active : add(active, residual);
  }

  /** Adds the update to the layer's weights (N, K), or takes it away again. */
  merge(weight: Tensor, isMerged: boolean): void {
    if (isMerged === this.isMerged) return;
    noGrad(() =>
      tidy(() => {
        for (const part of this.parts) {
          const [begin, end] = part.part.rows;
          const rows = callOne((ops) => ops.slice(weight.handle, 0, begin, end));
          const update = part.forward();
          const changed = add(cast(rows, update.dtype), isMerged ? update : mul(update, -1));
          copyInto(rows, cast(changed, weight.dtype));
        }
      }),
    );
    this.isMerged = isMerged;
  }

  /** (sum of r, K) */
  #down(): Tensor {
    const all = this.parts.map(({ a }) => a);
    return all.length === 1 ? all[0]! : concat(all, 0);
  }

  /** The parts' s B where their rows and columns are, 0 elsewhere: (N, sum of r). */
  #up(): Tensor {
    const { outFeatures } = this.#options;
    const ranks = this.parts.reduce((sum, { part }) => sum + part.rank, 0);
    const blocks: Tensor[] = [];
    let [row, column] = [0, 0];
    const empty = (rows: number, columns: number): Tensor[] => {
      const { dtype, device } = this.parts[0]!.b;
      return rows * columns === 0 ? [] : [zeros([rows, columns], { dtype, device })];
    };
    for (const { b, part } of this.parts) {
      const [begin, end] = part.rows;
      const count = end - begin;
      const left = empty(count, column);
      column += part.rank;
      blocks.push(...empty(begin - row, ranks));
      blocks.push(joined([...left, mul(b, part.scale), ...empty(count, ranks - column)], 1));
      row = end;
    }
    return joined([...blocks, ...empty(outFeatures - row, ranks)], 0);
  }
}

function joined(parts: readonly Tensor[], axis: number): Tensor {
  return parts.length === 1 ? parts[0]! : concat(parts, axis);
}
