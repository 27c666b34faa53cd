import { AutoModelForSequenceClassification, type ModelInputs, type SequenceClassifier } from '../models/index.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { type ComputedRow, type Job, Pipeline, type PipelineParts } from './base.js';
import type { PipelineTask } from './loading.js';
import {
  type EntailmentClasses,
  entailmentClasses,
  HYPOTHESIS,
  hypothesesOf,
  labelScores,
  readLabels,
} from './entailment/entailment.js';
import { CALL_OPTIONS, type CallOptions } from './options.js';
import { checkPlainText, type Inputs } from './texts/text_input.js';
import { ConfigError } from '../util/errors.js';

/** Options of a call of a {@link ZeroShotClassificationPipeline}. */
export interface ZeroShotClassificationPipelineOptions extends Omit<CallOptions, 'stride'> {
  /** Whether several labels may hold at once: each gets a score of its own, 0 to 1; false by default: they add up to 1. */
  multiLabel?: boolean | undefined;
  /** What is asked of each label, which takes the place of `{}`; `This example is {}.` by default. */
  hypothesisTemplate?: string | undefined;
}

/** A text, and labels with their scores, best first. */
export interface ZeroShotClassification {
  sequence: string;
  labels: string[];
  scores: number[];
}

const OPTION_NAMES = [...CALL_OPTIONS.filter((name) => name !== 'stride'), 'multiLabel', 'hypothesisTemplate'];

/**
 * Classifies texts by labels that the model has never seen, if it tells whether one text follows from another. Made by
 * `pipeline("zero-shot-classification", ...)`.
 */
export class ZeroShotClassificationPipeline extends Pipeline<SequenceClassifier> {
  readonly #classes: EntailmentClasses;

  /** @internal */
  constructor(parts: PipelineParts<SequenceClassifier>) {
    const classes = entailmentClasses(parts.task, parts.model.config.id2label);
    super(parts);
    this.#classes = classes;
  }

  protected override call_(
    inputs: Inputs<string>,
    candidateLabels: string | readonly string[],
    options: ZeroShotClassificationPipelineOptions = {},
  ): unknown {
    return this.run(inputs, options, () => this.#jobOf(candidateLabels, options));
  }

  protected override forward(inputs: ModelInputs) {
    return { logits: this.model.forward({ ...inputs, returns: ['logits'] }).logits };
  }

  #jobOf(
    candidateLabels: string | readonly string[],
    options: ZeroShotClassificationPipelineOptions,
  ): Job<string, ZeroShotClassification> {
    const where = this.task;
    const labels = readLabels(where, candidateLabels);
    checkOptionNames(where, options, OPTION_NAMES);
    const { multiLabel = false, hypothesisTemplate = HYPOTHESIS } = options;
    if (typeof multiLabel !== 'boolean')
      throw new ConfigError(`${where}: multiLabel must be true or false, got ${String(multiLabel)}`, { multiLabel });
    const hypotheses = hypothesesOf(where, hypothesisTemplate, labels);
    const areApart = multiLabel || labels.length === 1;
    const resultOf = (rows: readonly ComputedRow[], sequence: string): ZeroShotClassification => {
      const logits = rows.map(({ values }) => values['logits']!);
      const scores = labelScores(logits, this.#classes, areApart);
      const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
      return { sequence, labels: order.map((i) => labels[i]!), scores: order.map((i) => scores[i]!) };
    };
    return {
      check: (input, place) => checkPlainText(where, input, place),
      textsOf: (text) => hypotheses.map((textPair) => ({ text, textPair })),
      textsPerInput: hypotheses.length,
      needs: { truncation: 'only_first' },
      resultOf,
    };
  }
}

type Stream = AsyncIterable<string> | Iterable<string>;
type Labels = string | readonly string[];

/**
 * Calling a {@link ZeroShotClassificationPipeline} with labels, a list or a text with commas between: a text gives them
 * with their scores, a list those of each text. A stream of texts, anything that can be iterated, gives a stream of the
 * same in their order.
 */
export interface ZeroShotClassificationPipeline {
  (
    input: string,
    candidateLabels: Labels,
    options?: ZeroShotClassificationPipelineOptions,
  ): Promise<ZeroShotClassification>;
  (
    inputs: readonly string[],
    candidateLabels: Labels,
    options?: ZeroShotClassificationPipelineOptions,
  ): Promise<ZeroShotClassification[]>;
  (
    inputs: Stream,
    candidateLabels: Labels,
    options?: ZeroShotClassificationPipelineOptions,
  ): AsyncGenerator<ZeroShotClassification, void, undefined>;
}

/** What `pipeline` needs to know of this task. @internal */
export const zeroShotClassification: PipelineTask<SequenceClassifier, ZeroShotClassificationPipeline> = {
  head: 'sequenceClassification',
  loadModel: (folder, options) => AutoModelForSequenceClassification.fromPretrained(folder, options),
  Pipeline: ZeroShotClassificationPipeline,
};
