import { albertFamily } from './albert/index.js';
import { bartFamily } from './bart/index.js';
import { bertFamily } from './bert/index.js';
import { camembertFamily } from './camembert/index.js';
import type { ModelConfig, Spelling } from './config.js';
import { debertaFamily } from './deberta/index.js';
import { debertaV2Family } from './deberta_v2/index.js';
import { distilbertFamily } from './distilbert/index.js';
import { electraFamily } from './electra/index.js';
import { ernieFamily } from './ernie/index.js';
import { gpt2Family } from './gpt2/index.js';
import { llamaFamily } from './llama/index.js';
import { longformerFamily } from './longformer/index.js';
import { marianFamily } from './marian/index.js';
import { mbartFamily } from './mbart/index.js';
import { mpnetFamily } from './mpnet/index.js';
import { robertaFamily } from './roberta/index.js';
import type { HeadlessModel } from './shared/heads/base_model.js';
import type { CausalLM } from './shared/heads/causal_lm.js';
import type { MaskedLM } from './shared/heads/masked_lm.js';
import type { MultipleChoice } from './shared/heads/multiple_choice.js';
import type { ModelClass, PreTrainedModel } from './shared/pretrained.js';
import type { QuestionAnswering } from './shared/heads/question_answering.js';
import type { SequenceClassifierModel } from './shared/heads/sequence_classifier.js';
import type { TokenClassifier } from './shared/heads/token_classifier.js';
import type { TokenDiscriminator } from './shared/heads/token_discriminator.js';
import type { Seq2SeqLM } from './shared/seq2seq/lm.js';
import { t5Family } from './t5/index.js';
import { xlmRobertaFamily } from './xlm_roberta/index.js';

/** What a model is for, with the type of the models that do it. */
export interface TaskModels {
  base: HeadlessModel;
  sequenceClassification: SequenceClassifierModel;
  multipleChoice: MultipleChoice;
  tokenClassification: TokenClassifier;
  maskedLM: MaskedLM;
  causalLM: CausalLM;
  seq2SeqLM: Seq2SeqLM;
  questionAnswering: QuestionAnswering;
  preTraining: TokenDiscriminator;
}

/** What a model is for. */
export type Task = keyof TaskModels;

/** A family of models: how to read its config, and its class for each task it has one for. @internal */
export interface ModelFamily {
  /** `model_type` in config.json. */
  modelType: string;
  /** Name of the encoder in checkpoints of models that have a head. */
  prefix: string;
  /** Tensors that its checkpoints may hold and its models do not need. */
  buffers?: RegExp;
  // A family's classes take its own config; the registry pairs them, so the parameter's type is not checked here.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  Config: new (values?: any, spelling?: Spelling) => ModelConfig;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  classes: { [T in Task]?: ModelClass<any, TaskModels[T]> } & { base: ModelClass<any, HeadlessModel> };
}

/** All families, one line each. */
const FAMILIES: readonly ModelFamily[] = [
  albertFamily,
  bartFamily,
  bertFamily,
  camembertFamily,
  debertaFamily,
  debertaV2Family,
  distilbertFamily,
  electraFamily,
  ernieFamily,
  gpt2Family,
  llamaFamily,
  longformerFamily,
  marianFamily,
  mbartFamily,
  mpnetFamily,
  robertaFamily,
  t5Family,
  xlmRobertaFamily,
];

/** The family of a `model_type`. @internal */
export function familyOf(modelType: string): ModelFamily | undefined {
  return FAMILIES.find((family) => family.modelType === modelType);
}

/** The values of `model_type` that there are, for a task or at all. @internal */
export function knownModelTypes(task: Task = 'base'): string[] {
  return FAMILIES.filter(({ classes }) => classes[task] !== undefined).map(({ modelType }) => modelType);
}

/** What an architecture (`BertForMaskedLM`) is for; undefined: it is not known. @internal */
export function taskOf(architecture: string): Task | undefined {
  for (const { classes } of FAMILIES)
    for (const [task, Class] of Object.entries(classes)) if (Class.name === architecture) return task as Task;
  return undefined;
}

/** A class by its name in `architectures`. @internal */
export function architectureOf(name: string): ModelClass<never, PreTrainedModel> | undefined {
  for (const { classes } of FAMILIES) for (const Class of Object.values(classes)) if (Class.name === name) return Class;
  return undefined;
}

/** The class names of a `model_type`, or of all where there is no such. @internal */
export function knownArchitectures(modelType: unknown): string[] {
  const named = FAMILIES.filter((family) => family.modelType === modelType);
  const families = named.length > 0 ? named : FAMILIES;
  return families.flatMap(({ classes }) => Object.values(classes).map((Class) => Class.name));
}
