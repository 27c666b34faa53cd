import { PreTrainedModel } from '../../models/index.js';
import { CausalLM } from '../../models/shared/heads/causal_lm.js';
import { Seq2SeqLM } from '../../models/shared/seq2seq/lm.js';
import { IGNORE_INDEX } from '../../models/shared/targets.js';
import { bceWithLogits, crossEntropy, reshape } from '../../ops/index.js';
import { tensor } from '../../tensor/create.js';
import { keep, Tensor, tidy } from '../../tensor/tensor.js';
import { ConfigError, DataError } from '../../util/errors.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';
import { freeOutput } from '../predictions.js';
import type { ComputeLoss, TrainableBatch, TrainableModel, TrainableOutput } from '../types.js';

/** What settles how a {@link Trainer} computes its loss. @internal */
export interface LossOptions {
  args: TrainingArguments;
  computeLoss?: ComputeLoss | undefined;
  classWeights?: readonly number[] | undefined;
}

type LossParts = LossOptions & { model: TrainableModel };

/** @throws ConfigError for settings that contradict each other @internal */
export function checkLossOptions({ args, computeLoss, classWeights }: LossOptions): void {
  const smoothing = args.labelSmoothingFactor;
  if (computeLoss !== undefined && (classWeights !== undefined || smoothing > 0))
    throw new ConfigError('Trainer: computeLoss excludes classWeights and labelSmoothingFactor');
  const wrong = classWeights?.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0)) ?? -1;
  if (wrong >= 0)
    throw new ConfigError(`Trainer: classWeights must be numbers from 0, got ${classWeights![wrong]} at ${wrong}`);
}

/** @throws ConfigError when the caller's function gives no loss */
function callersLoss(computeLoss: ComputeLoss, output: TrainableOutput, batch: TrainableBatch): Tensor {
  const loss: unknown = computeLoss(output, batch);
  if (loss instanceof Tensor && loss.size === 1) return loss;
  const got = loss instanceof Tensor ? `a tensor of shape (${loss.shape.join(', ')})` : typeof loss;
  throw new ConfigError(`Trainer: computeLoss must return a tensor of one number, got ${got}`);
}

function hasTargets({ labels, startPositions }: TrainableBatch): boolean {
  return labels !== undefined || startPositions !== undefined;
}

/** What a model is given whose loss is not asked for: of a translation's labels its decoder still makes what it reads. */
function withoutLoss(model: TrainableModel, batch: TrainableBatch): TrainableBatch {
  if (model instanceof Seq2SeqLM) return { ...batch, returns: ['logits'] };
  const { labels: _, ...inputs } = batch;
  return inputs as TrainableBatch;
}

/** To each token the label of the next one of its row. */
function nextLabels(batch: TrainableBatch): number[] {
  const next = (row: readonly number[]): number[] => [...row.slice(1), IGNORE_INDEX];
  if (!('lengths' in batch)) return (batch.labels as number[][]).flatMap(next);
  const labels = Array.from(batch.labels!);
  return Array.from(batch.lengths).flatMap((length, i) =>
    next(labels.slice(batch.cuSeqlens[i], batch.cuSeqlens[i]! + length)),
  );
}

/** The labels that rows of logits are compared with. */
function flatLabels(model: TrainableModel, batch: TrainableBatch): number[] {
  if (model instanceof CausalLM) return nextLabels(batch);
  return Array.isArray(batch.labels) ? batch.labels.flat() : Array.from(batch.labels!);
}

/** The loss of a batch: the model's own, the caller's, or one with class weights or smoothed labels. @internal */
export class LossFunction {
  readonly #parts: LossParts;
  /** Whether it is the loss that the model itself gives. */
  readonly isModels: boolean;
  #weights: Tensor | undefined;

  /** @throws ConfigError for settings that contradict each other */
  constructor(parts: LossParts) {
    checkLossOptions(parts);
    this.#parts = parts;
    const { args, computeLoss, classWeights } = parts;
    this.isModels = computeLoss === undefined && classWeights === undefined && args.labelSmoothingFactor === 0;
  }

  /** Weights by which labels count when batches are accumulated; undefined: all alike. */
  itemWeights({ labels }: TrainableBatch): readonly number[] | undefined {
    return labels instanceof Float32Array ? undefined : this.#parts.classWeights;
  }

  /**
   * The model's outputs with the loss (absent without labels).
   * @param wanted `lossOnly`: nobody reads the other outputs, so that a model need not make them
   * @throws DataError, ConfigError when labels do not fit
   */
  forward(batch: TrainableBatch, { lossOnly = false } = {}): TrainableOutput {
    const { model, computeLoss } = this.#parts;
    const isSpare = lossOnly && model instanceof PreTrainedModel && hasTargets(batch);
    if (this.isModels) return model.forward(isSpare ? { ...batch, returns: ['loss'] } : batch);
    if (computeLoss === undefined && batch.labels === undefined) return model.forward(batch);
    const output = model.forward(withoutLoss(model, batch));
    try {
      const loss = tidy(() =>
        computeLoss === undefined ? this.#weighted(output, batch) : callersLoss(computeLoss, output, batch),
      );
      return Object.assign(output, { loss });
    } catch (error) {
      freeOutput(output);
      throw error;
    }
  }

  dispose(): void {
    this.#weights?.dispose();
    this.#weights = undefined;
  }

  /** Cross-entropy over classes, or binary over labels, with weights and smoothing. */
  #weighted({ logits }: TrainableOutput, batch: TrainableBatch): Tensor {
    const { args, classWeights, model } = this.#parts;
    if (logits === undefined)
      throw new ConfigError('Trainer: classWeights and labelSmoothingFactor need a model that gives logits');
    const classes = logits.shape.at(-1)!;
    if (classWeights !== undefined && classWeights.length !== classes)
      throw new ConfigError(`Trainer: classWeights must be ${classes}, one per class, got ${classWeights.length}`);
    if (this.#weights === undefined && classWeights !== undefined)
      this.#weights = keep(tensor(Float32Array.from(classWeights), { device: logits.device }));
    const smoothing = args.labelSmoothingFactor;
    const labels = flatLabels(model, batch);
    const isFloat = model.labelKind === 'float' || batch.labels instanceof Float32Array;
    if (isFloat && (smoothing > 0 || classes === 1))
      throw new ConfigError('Trainer: labelSmoothingFactor needs classes, and classWeights classes or several labels');
    const rows = logits.rank === 2 ? logits : reshape(logits, [logits.size / classes, classes]);
    if (labels.length !== (isFloat ? rows.size : rows.shape[0]))
      throw new DataError(`Trainer: labels must fit the logits (${logits.shape.join(', ')}), got ${labels.length}`);
    if (isFloat) {
      const target = tensor(Float32Array.from(labels), { shape: rows.shape, dtype: rows.dtype, device: rows.device });
      return bceWithLogits(rows, target, this.#weights && { posWeight: this.#weights });
    }
    const target = tensor(Int32Array.from(labels), { device: rows.device });
    const options = { labelSmoothing: smoothing, ...(this.#weights && { weight: this.#weights }) };
    return crossEntropy(rows, target, options);
  }
}
