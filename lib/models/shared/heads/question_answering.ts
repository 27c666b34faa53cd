import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { add, cast, crossEntropy, embedding, mul, reshape, split } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { ConfigError, DataError, ShapeError } from '../../../util/errors.js';
import type { ModelConfig } from '../../config.js';
import { cellIndex, columnBias, FAR_BELOW } from '../batch.js';
import { dropped } from '../dropped.js';
import type { Encoded } from '../encoder/encoder.js';
import type { HostArray, HostArrays } from '../host_array.js';
import type { LabelInput, ModelInputs } from '../inputs.js';
import type { EncoderOutputs, LossOf, ModelOutput } from '../outputs.js';
import type { Layout } from '../pack.js';
import type { HostPass, PassTensors } from '../pass.js';
import { hostOf, numberOf } from '../ragged.js';
import { IGNORE_INDEX, readTargets } from '../targets.js';
import { type BodySource, EncoderModel, type Family } from './family.js';

/** Outputs of a question answering model. */
export interface QuestionAnsweringOutput<Inputs = ModelInputs> extends ModelOutput, EncoderOutputs {
  startLogits: Tensor; // (B, S)
  endLogits: Tensor; // (B, S)
  loss: LossOf<Inputs>;
}

/** How a family points at answers: dropout, a linear layer of two features. @internal */
export interface QuestionHead {
  names: { outputs: string };
  dropout: number;
}

/** Where in each sequence an answer begins and ends. */
export abstract class QuestionAnswering<Config extends ModelConfig = ModelConfig> extends EncoderModel<Config> {
  readonly outputs: Linear;
  readonly #dropout: number;

  /** @internal */
  constructor(
    family: BodySource<Config> & { heads: Pick<Family<Config>['heads'], 'answers'> },
    config: Config,
    init: ParameterInit,
  ) {
    if (config.numLabels !== 2)
      throw new ConfigError(`config: numLabels must be 2 for question answering, got ${config.numLabels}`, {
        field: 'numLabels',
      });
    super(family, config, init);
    const { names, dropout } = family.heads.answers(config);
    const { hiddenSize, initializerRange: std } = this.encoder.spec;
    this.outputs = new Linear(hiddenSize, 2, { init, std });
    this.paths = { ...this.paths, ...names };
    this.#dropout = dropout;
  }

  /**
   * The loss is the mean of two cross-entropies over the tokens of each sequence. It differs from Hugging Face's where
   * there is padding, which takes part in the softmax there.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends ModelInputs>(inputs: Inputs): QuestionAnsweringOutput<Inputs> {
    return this.run(inputs) as QuestionAnsweringOutput<Inputs>;
  }

  /** Both answers' columns, and the grid (B, S) of the scores: `cells` are tokens or -1, `bias` hides all else. @internal */
  override targets({ batch: { layout }, inputs, wants }: HostPass): HostArrays {
    const { startPositions, endPositions } = inputs;
    if (startPositions === undefined || endPositions === undefined || !wants('loss')) return {};
    const grid = ['batch', 'maxLength'] as const;
    const answer = (name: string, positions: LabelInput): HostArray => ({
      values: columnTargets(this.architecture, name, positions, layout),
      axes: ['batch'],
      padding: IGNORE_INDEX,
    });
    return {
      cells: { values: cellIndex(layout), axes: grid, padding: -1 },
      bias: { values: columnBias(layout), axes: grid, padding: FAR_BELOW },
      starts: answer('startPositions', startPositions),
      ends: answer('endPositions', endPositions),
    };
  }

  protected override head({ lastHiddenState }: Encoded, { targets }: PassTensors, { wants }: HostPass) {
    const states = dropped(this, lastHiddenState, this.#dropout, this.generator);
    const [start, end] = split(this.outputs.forward(states), 1, 2) as [Tensor, Tensor]; // (T, 1) each
    const { starts, ends } = targets;
    const loss = starts && ends && mul(add(gridLoss(start, starts, targets), gridLoss(end, ends, targets)), 0.5);
    const flat = (scores: Tensor): Tensor => reshape(scores, [scores.shape[0]!]);
    return {
      loss,
      perToken: {
        startLogits: wants('startLogits') ? flat(start) : undefined,
        endLogits: wants('endLogits') ? flat(end) : undefined,
      },
    };
  }
}

/** Cross-entropy over the tokens of each sequence. @param scores (T, 1) */
function gridLoss(scores: Tensor, columns: Tensor, { cells, bias }: PassTensors['targets']): Tensor {
  const rows = embedding(scores, cells!, { allowMissing: true }); // (B, S, 1)
  const added = bias!.dtype === scores.dtype ? bias! : cast(bias!, scores.dtype);
  return crossEntropy(add(reshape(rows, cells!.shape), added), columns);
}

/** Answers' columns as cross-entropy takes them: those past the row's end are ignored. */
function columnTargets(where: string, name: string, positions: LabelInput, layout: Layout): Int32Array {
  const { values, shape, tensor: given } = readTargets(where, positions);
  const columns = values ?? hostOf(where, name, given!);
  const { batch, width, offsets } = layout;
  if (columns.length !== batch)
    throw new ShapeError(`${where}: ${name} must be one per sequence (${batch}), got (${shape.join(', ')})`);
  const tokens = new Set(layout.cells);
  return Int32Array.from({ length: batch }, (_, row) => {
    const column = numberOf(columns[row]);
    if (!Number.isInteger(column) || column < 0)
      throw new DataError(`${where}: ${name} must be columns from 0, got ${String(columns[row])} in row ${row}`, {
        row,
        column,
      });
    if (column >= offsets[row + 1]! - offsets[row]!) return IGNORE_INDEX;
    if (tokens.has(row * width + column)) return column;
    throw new DataError(
      `${where}: ${name} must point at a token, got column ${column} of row ${row}, which the mask hides`,
      {
        row,
        column,
      },
    );
  });
}
