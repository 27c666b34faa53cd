import type { ParameterInit } from '../../../nn/init.js';
import { crossEntropy, embedding, reshape } from '../../../ops/index.js';
import { Tensor } from '../../../tensor/tensor.js';
import { ShapeError } from '../../../util/errors.js';
import type { ModelConfig } from '../../config.js';
import type { Encoded } from '../encoder/encoder.js';
import type { ModelInputs } from '../inputs.js';
import { type EncoderOutputs, type LossOf, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors, Targets } from '../pass.js';
import { classTargets, IGNORE_INDEX, readTargets } from '../targets.js';
import { flattenChoices, type MultipleChoiceInputs } from './choices.js';
import type { Family } from './family.js';
import { FirstTokenModel } from './first_token.js';

/** Outputs of a multiple choice model. Hidden states and attentions are those of the B · N sequences. */
export interface MultipleChoiceOutput<Inputs = MultipleChoiceInputs> extends ModelOutput, EncoderOutputs {
  logits: Tensor; // (B, N)
  loss: LossOf<Inputs>;
}

/** A pass over the choices of questions. */
interface ChoicePass extends HostPass {
  choices: number;
}

/** Which of a question's choices is right: a score for each. */
export abstract class MultipleChoice<Config extends ModelConfig = ModelConfig> extends FirstTokenModel<Config> {
  /** @internal */
  constructor(family: Family<Config>, config: Config, init: ParameterInit) {
    super(family, family.heads.choices(config), 1, config, init);
  }

  /**
   * Labels are the right choice of each question (B), -100 where none counts.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends MultipleChoiceInputs>(inputs: Inputs): MultipleChoiceOutput<Inputs> {
    const { choices, inputs: flat } = flattenChoices(this.architecture, inputs);
    // Flat, they are read as they are.
    const flattened: MultipleChoiceInputs = { ...flat, numChoices: choices };
    const outputs = this.run(flattened as ModelInputs);
    const { logits } = outputs;
    const grid = logits && reshape(logits, [logits.shape[0]! / choices, choices]);
    return new ModelOutput({ ...outputs, logits: grid }) as MultipleChoiceOutput<Inputs>;
  }

  /** @internal */
  override readPass(inputs: MultipleChoiceInputs): ChoicePass {
    const { choices, inputs: flat } = flattenChoices(this.architecture, inputs);
    const pass = super.readPass(flat);
    const { batch } = pass.batch.layout;
    if (batch % choices !== 0)
      throw new ShapeError(`${this.architecture}: ${choices} choices must divide the sequences, got ${batch}`, {
        choices,
        batch,
      });
    return { ...pass, choices };
  }

  /** In a bucket, `rows` are each question's sequences; questions it has room for beside these have none. @internal */
  override targets({ batch: { layout }, inputs, wants, choices }: ChoicePass, isPadded: boolean): Targets {
    const { labels, labelShape } = inputs;
    if (labels === undefined || !wants('loss')) return {};
    const where = this.architecture;
    const questions = layout.batch / choices;
    const given = classTargets(where, readTargets(where, labels, labelShape), questions, choices, this.device);
    if (given instanceof Tensor) return { labels: given };
    if (!isPadded) return { labels: { ...given, axes: [questions] } };
    const values = new Int32Array(layout.batch).fill(IGNORE_INDEX);
    values.set(given.values);
    const rows = Int32Array.from({ length: layout.batch * choices }, (_, i) => (i < layout.batch ? i : -1));
    return { labels: { ...given, values }, rows: { values: rows, axes: ['batch', choices], padding: -1 } };
  }

  protected override get globalTokens() {
    return 'choice' as const;
  }

  protected override head(encoded: Encoded, tensors: PassTensors, { wants, choices }: ChoicePass) {
    const { labels, rows } = tensors.targets;
    const logits = this.scores(encoded, tensors); // (B · N, 1)
    const grid = (): Tensor =>
      rows === undefined
        ? reshape(logits, [logits.shape[0]! / choices, choices])
        : reshape(embedding(logits, rows, { allowMissing: true }), rows.shape);
    return {
      loss: labels && crossEntropy(grid(), labels),
      perSequence: { logits: wants('logits') ? logits : undefined },
    };
  }
}
