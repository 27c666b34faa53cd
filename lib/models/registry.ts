import type { BaseModel } from './shared/base_model.js';
import { bertFamily } from './bert/index.js';
import type { ModelConfig, Spelling } from './config.js';
import { distilbertFamily } from './distilbert/index.js';
import type { MaskedLM } from './shared/masked_lm.js';
import type { ModelClass, PreTrainedModel } from './shared/pretrained.js';
import type { QuestionAnswering } from './shared/question_answering.js';
import type { SequenceClassifier } from './shared/sequence_classifier.js';
import type { TokenClassifier } from './shared/token_classifier.js';

/** What a model is for, with the type of the models that do it. */
export interface TaskModels {
  base: BaseModel;
  sequenceClassification: SequenceClassifier;
  tokenClassification: TokenClassifier;
  maskedLM: MaskedLM;
  questionAnswering: QuestionAnswering;
}

/** What a model is for. */
export type Task = keyof TaskModels;

/** A family of models: how to read its config, and its class for each task. @internal */
export interface ModelFamily {
  /** `model_type` in config.json. */
  modelType: string;
  /** Name of the encoder in checkpoints of models that have a head. */
  prefix: string;
  // A family's classes take its own config; the registry pairs them, so the parameter's type is not checked here.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  Config: new (values?: any, spelling?: Spelling) => ModelConfig;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  classes: { [T in Task]: ModelClass<any, TaskModels[T]> };
}

/** All families, one line each. */
const FAMILIES: readonly ModelFamily[] = [bertFamily, distilbertFamily];

/** The family of a `model_type`. @internal */
export function familyOf(modelType: string): ModelFamily | undefined {
  return FAMILIES.find((family) => family.modelType === modelType);
}

/** The values of `model_type` that there are. @internal */
export function knownModelTypes(): string[] {
  return FAMILIES.map(({ modelType }) => modelType);
}

/** A class by its name in `architectures`. @internal */
export function architectureOf(name: string): ModelClass<never, PreTrainedModel> | undefined {
  for (const { classes } of FAMILIES) for (const Class of Object.values(classes)) if (Class.name === name) return Class;
  return undefined;
}

/** The class names there are. @internal */
export function knownArchitectures(): string[] {
  return FAMILIES.flatMap(({ classes }) => Object.values(classes).map((Class) => Class.name));
}
