import { AutoModelForSequenceClassification, type ProblemType, type SequenceClassifier } from '../../models/index.js';
import { pipeline, type TextClassificationPipeline } from '../../pipelines/index.js';
import { parseModelDType } from '../../models/model_dtype.js';
import { AutoTokenizer, type PreTrainedTokenizer } from '../../tokenizers/index.js';
import { ConfigError } from '../../util/errors.js';
import { ClassIndex } from '../task/labels.js';
import { modelFolder } from '../task/model_folder.js';
import type { TextRow } from '../task/read_rows.js';
import { readTask, type SavedTask } from '../task/saved_task.js';
import { otherTask } from '../train/evaluate_task.js';

/** What a classifier is opened with; what is absent is as the model was trained. @internal */
export interface ClassifierOptions extends Pick<SavedTask, 'maxLength' | 'stride' | 'combination'> {
  /** Folder of the model, or its name on the hub. */
  model: string;
  revision?: string | undefined;
  device?: string | undefined;
  dtype?: string | undefined;
  /** Given: rows have several labels, where the model does not say what they have. */
  labelSeparator?: string | undefined;
}

function inferProblem({ config }: SequenceClassifier, hasSeveral: boolean): ProblemType {
  if (config.problemType !== undefined) return config.problemType;
  if (hasSeveral) return 'multi_label_classification';
  return config.numLabels === 1 ? 'regression' : 'single_label_classification';
}

/** A trained model with its tokenizer and what it was trained with: logits of texts. @internal */
export class Classifier {
  readonly model: SequenceClassifier;
  readonly tokenizer: PreTrainedTokenizer;
  readonly task: SavedTask;
  readonly problem: ProblemType;
  readonly classes: ClassIndex;
  readonly #maxLength: number;
  readonly #classify: TextClassificationPipeline;

  private constructor(where: string, classify: TextClassificationPipeline, task: SavedTask) {
    const { model, tokenizer } = classify;
    this.#classify = classify;
    this.model = model;
    this.tokenizer = tokenizer;
    this.task = task;
    this.problem = inferProblem(model, task.labelSeparator !== undefined);
    this.classes = new ClassIndex(Object.values(model.config.id2label));
    const limit = Math.min(model.encoder.maxLength, tokenizer.modelMaxLength ?? Infinity);
    this.#maxLength = task.maxLength ?? limit;
    if (this.#maxLength > limit)
      throw new ConfigError(`${where}: --max-length must be at most the model's ${limit}, got ${this.#maxLength}`);
  }

  /** @param where the verb, for errors @throws ConfigError, TokenizerError, CheckpointError, AbortError */
  static async open(where: string, options: ClassifierOptions, signal: AbortSignal): Promise<Classifier> {
    const { model: source, revision, device, dtype = 'auto', maxLength, stride, combination, labelSeparator } = options;
    const folder = await modelFolder(where, source, { revision, signal });
    const saved = await readTask(folder);
    const other = otherTask(saved);
    if (other !== undefined)
      throw new ConfigError(`${where}: --model must be a classifier of texts, got one for ${other.name}`);
    const task: SavedTask = {
      ...saved,
      maxLength: maxLength ?? saved.maxLength,
      stride: stride ?? saved.stride,
      combination: combination ?? saved.combination,
      labelSeparator: labelSeparator ?? saved.labelSeparator,
    };
    // The tokenizer first: it is small, and its errors are soon told.
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    const type = parseModelDType(dtype);
    const model = await AutoModelForSequenceClassification.fromPretrained(folder, { device, dtype: type, signal });
    try {
      const { newWeights = [] } = model.loadReport ?? {};
      if (newWeights.length === 0)
        return new Classifier(where, await pipeline('text-classification', model, { tokenizer }), task);
      throw new ConfigError(`${where}: --model must be a trained classifier, got none of ${newWeights.join(', ')}`);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** The logits (L) of each text, in order; of the windows of a long one, combined. */
  logitsOf(rows: readonly TextRow[], signal: AbortSignal): Promise<Float32Array[]> {
    const { stride, combination } = this.task;
    const texts = rows.map(({ text, textPair }) => ({ text, textPair }));
    return this.#classify.logitsOf(texts, { maxLength: this.#maxLength, stride, combination, signal });
  }

  dispose(): void {
    this.#classify.dispose();
    this.model.dispose();
    this.tokenizer.dispose();
  }
}
