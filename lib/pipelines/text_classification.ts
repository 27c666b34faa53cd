import { AutoModelForSequenceClassification, type SequenceClassifier } from '../models/index.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { CALL_OPTIONS, type CallOptions, Pipeline } from './base.js';
import type { TextInput } from './batches.js';
import type { PipelineTask } from './loading.js';
import { bestLabels, type LabelScore, type ScoreFunction, scoresOf } from './scores.js';

/** Options of a call of a {@link TextClassificationPipeline}. */
export interface TextClassificationOptions extends CallOptions {
  /** Labels per text, best first; 1 by default, null for all. */
  topK?: number | null | undefined;
  /**
   * What turns logits into scores. By default that of the problem: sigmoid for several labels at once or a single one,
   * none for regression, else softmax.
   */
  functionToApply?: ScoreFunction | undefined;
}

const FUNCTIONS: readonly ScoreFunction[] = ['softmax', 'sigmoid', 'none'];
const OPTION_NAMES = [...CALL_OPTIONS, 'topK', 'functionToApply'];

function defaultFunction({ config }: SequenceClassifier): ScoreFunction {
  if (config.problemType === 'regression') return 'none';
  return config.problemType === 'multi_label_classification' || config.numLabels === 1 ? 'sigmoid' : 'softmax';
}

/** Classifies texts, or pairs of texts. Made by `pipeline("text-classification", ...)`. */
export class TextClassificationPipeline extends Pipeline<SequenceClassifier> {
  protected override async call_(
    inputs: TextInput | readonly TextInput[],
    options: TextClassificationOptions = {},
  ): Promise<LabelScore[] | LabelScore[][]> {
    const where = this.task;
    checkOptionNames(where, options, OPTION_NAMES);
    const { topK = 1, functionToApply = defaultFunction(this.model) } = options;
    if (topK !== null && (!Number.isInteger(topK) || topK < 1))
      throw new ConfigError(`${where}: topK must be an integer from 1, or null for all, got ${topK}`, { topK });
    if (!FUNCTIONS.includes(functionToApply)) {
      const rule = `functionToApply must be one of ${FUNCTIONS.join(', ')}`;
      throw new ConfigError(`${where}: ${rule}, got ${String(functionToApply)}`, { functionToApply });
    }
    const isList = Array.isArray(inputs);
    const texts = (isList ? inputs : [inputs]) as readonly TextInput[];
    const { id2label } = this.model.config;
    const rows: LabelScore[][] = [];
    for await (const { data, shape } of this.runTexts(texts, options, (outputs) => logitsOf(outputs))) {
      const [batch, labels] = shape as [number, number];
      for (let row = 0; row < batch; row++) {
        const scores = scoresOf(data.subarray(row * labels, (row + 1) * labels), functionToApply);
        rows.push(bestLabels(scores, id2label, topK ?? labels));
      }
    }
    if (topK === 1) return rows.map(([best]) => best!);
    return isList ? rows : rows[0]!;
  }
}

function logitsOf(outputs: object) {
  return (outputs as ReturnType<SequenceClassifier['forward']>).logits;
}

/**
 * Calling a {@link TextClassificationPipeline}: one text or pair gives its best labels (one by default); a list gives
 * the best label of each, or with `topK` other than 1 the best labels of each.
 */
export interface TextClassificationPipeline {
  (input: TextInput, options?: TextClassificationOptions): Promise<LabelScore[]>;
  (inputs: readonly TextInput[], options?: TextClassificationOptions & { topK?: 1 | undefined }): Promise<LabelScore[]>;
  (inputs: readonly TextInput[], options: TextClassificationOptions): Promise<LabelScore[] | LabelScore[][]>;
}

/** What `pipeline` needs to know of this task. @internal */
export const textClassification: PipelineTask<SequenceClassifier, TextClassificationPipeline> = {
  loadModel: (folder, options) => AutoModelForSequenceClassification.fromPretrained(folder, options),
  Pipeline: TextClassificationPipeline,
};
