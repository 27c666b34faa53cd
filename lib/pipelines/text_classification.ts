import { combineRows, COMBINATIONS } from '../data/batches/combine_windows.js';
import type { WindowCombination } from '../data/index.js';
import { AutoModelForSequenceClassification, type ModelInputs, type SequenceClassifier } from '../models/index.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { type ComputedRow, type Job, Pipeline } from './base.js';
import type { PipelineTask } from './loading.js';
import { CALL_OPTIONS, type CallOptions } from './options.js';
import { bestLabels, type LabelScore, type ScoreFunction, scoresOf } from './scores.js';
import { type Inputs, kindOfInputs, type TextInput } from './texts/text_input.js';

/** Options of a call of a {@link TextClassificationPipeline}. */
export interface TextClassificationOptions extends CallOptions {
  /** Labels per text, best first; 1 by default, null for all. */
  topK?: number | null | undefined;
  /**
   * What turns logits into scores. By default that of the problem: sigmoid for several labels at once or a single one,
   * none for regression, else softmax.
   */
  functionToApply?: ScoreFunction | undefined;
  /** With `stride`: how the logits of a text's windows become one row of logits; their mean by default. */
  combination?: WindowCombination | undefined;
}

/** @internal */
export const FUNCTIONS: readonly ScoreFunction[] = ['softmax', 'sigmoid', 'none'];
const OPTION_NAMES = [...CALL_OPTIONS, 'topK', 'functionToApply', 'combination'];

function defaultFunction({ config }: SequenceClassifier): ScoreFunction {
  if (config.problemType === 'regression') return 'none';
  return config.problemType === 'multi_label_classification' || config.numLabels === 1 ? 'sigmoid' : 'softmax';
}

/** The logits (L) of a text from those of its windows. */
function combinedLogits(rows: readonly ComputedRow[], combination: WindowCombination = 'mean'): number[] {
  const windows = rows.map(({ values }) => values['logits']!);
  return combineRows(
    windows,
    combination,
    rows.map(({ row }) => row.newTokens),
  );
}

/** Classifies texts, or pairs of texts. Made by `pipeline("text-classification", ...)`. */
export class TextClassificationPipeline extends Pipeline<SequenceClassifier> {
  protected override call_(inputs: Inputs<TextInput>, options: TextClassificationOptions = {}): unknown {
    return this.run(inputs, options, () => this.#jobOf(options, kindOfInputs(inputs) === 'one'));
  }

  protected override forward(inputs: ModelInputs) {
    return { logits: this.model.forward({ ...inputs, returns: ['logits'] }).logits };
  }

  /** The logits (L) of each text, those of its windows combined. @internal */
  logitsOf(
    texts: readonly TextInput[],
    { combination, ...options }: CallOptions & Pick<TextClassificationOptions, 'combination'>,
  ): Promise<Float32Array[]> {
    const resultOf = (rows: readonly ComputedRow[]) => Float32Array.from(combinedLogits(rows, combination));
    return this.run<TextInput, Float32Array>(texts, options, () => ({ resultOf })) as Promise<Float32Array[]>;
  }

  #jobOf(options: TextClassificationOptions, isAlone: boolean): Job<TextInput, LabelScore | LabelScore[]> {
    const where = this.task;
    checkOptionNames(where, options, OPTION_NAMES);
    const { topK = 1, functionToApply = defaultFunction(this.model), combination, stride } = options;
    if (topK !== null && (!Number.isInteger(topK) || topK < 1))
      throw new ConfigError(`${where}: topK must be an integer from 1, or null for all, got ${topK}`, { topK });
    const check = (name: string, value: string | undefined, known: readonly string[]): void => {
      if (value === undefined || known.includes(value)) return;
      const rule = `${name} must be one of ${known.join(', ')}`;
      throw new ConfigError(`${where}: ${rule}, got ${String(value)}`, { [name]: value });
    };
    check('functionToApply', functionToApply, FUNCTIONS);
    check('combination', combination, COMBINATIONS);
    if (combination !== undefined && stride === undefined)
      throw new ConfigError(`${where}: combination is for windows and needs a stride, got none`, { combination });
    const { id2label } = this.model.config;
    const resultOf = (rows: readonly ComputedRow[]): LabelScore | LabelScore[] => {
      const scores = scoresOf(combinedLogits(rows, combination), functionToApply);
      const best = bestLabels(scores, id2label, topK ?? scores.length);
      return topK === 1 && !isAlone ? best[0]! : best;
    };
    return { resultOf };
  }
}

/**
 * Calling a {@link TextClassificationPipeline}: one text or pair gives its best labels (one by default); a list gives
 * the best label of each, or with `topK` other than 1 the best labels of each. A stream of texts, anything that can be
 * iterated, gives a stream of the same in their order, read ahead by at most 1,024 texts or a million characters.
 */
export interface TextClassificationPipeline {
  (input: TextInput, options?: TextClassificationOptions): Promise<LabelScore[]>;
  (inputs: readonly TextInput[], options?: TextClassificationOptions & { topK?: 1 | undefined }): Promise<LabelScore[]>;
  (inputs: readonly TextInput[], options: TextClassificationOptions): Promise<LabelScore[] | LabelScore[][]>;
  (
    inputs: AsyncIterable<TextInput> | Iterable<TextInput>,
    options?: TextClassificationOptions & { topK?: 1 | undefined },
  ): AsyncGenerator<LabelScore, void, undefined>;
  (
    inputs: AsyncIterable<TextInput> | Iterable<TextInput>,
    options: TextClassificationOptions,
  ): AsyncGenerator<LabelScore | LabelScore[], void, undefined>;
}

/** What `pipeline` needs to know of this task. @internal */
export const textClassification: PipelineTask<SequenceClassifier, TextClassificationPipeline> = {
  head: 'sequenceClassification',
  loadModel: (folder, options) => AutoModelForSequenceClassification.fromPretrained(folder, options),
  Pipeline: TextClassificationPipeline,
};
