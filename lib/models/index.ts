export { AlbertConfig, type AlbertConfigFields } from './albert/config.js';
export * from './albert/model.js';
export * from './auto.js';
export { BertConfig, type BertConfigFields } from './bert/config.js';
export {
  BertForMaskedLM,
  BertForMultipleChoice,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  BertModel,
} from './bert/model.js';
export { CamembertConfig, type CamembertConfigFields } from './camembert/config.js';
export * from './camembert/model.js';
export { type CommonConfig, ModelConfig, type ProblemType } from './config.js';
export { DistilBertConfig, type DistilBertConfigFields } from './distilbert/config.js';
export * from './distilbert/model.js';
export { ElectraConfig, type ElectraConfigFields } from './electra/config.js';
export * from './electra/model.js';
export { ErnieConfig, type ErnieConfigFields } from './ernie/config.js';
export * from './ernie/model.js';
export type { ModelDType } from './model_dtype.js';
export { type FromPretrainedOptions, fromShared, loadModel, type PlaceOptions } from './from_pretrained.js';
export { MPNetConfig, type MPNetConfigFields } from './mpnet/config.js';
export * from './mpnet/model.js';
export { RobertaConfig, type RobertaConfigFields } from './roberta/config.js';
export * from './roberta/model.js';
export { embedSentences, type EmbedOptions, type Pooling } from './sentence_embeddings.js';
export type { BaseModel, BaseModelOutput } from './shared/heads/base_model.js';
export type { MultipleChoiceInputs } from './shared/heads/choices.js';
export type { MaskedLM, MaskedLMOutput } from './shared/heads/masked_lm.js';
export type { MultipleChoice, MultipleChoiceOutput } from './shared/heads/multiple_choice.js';
export type { QuestionAnswering, QuestionAnsweringOutput } from './shared/heads/question_answering.js';
export type { SequenceClassifier, SequenceClassifierOutput } from './shared/heads/sequence_classifier.js';
export type { TokenClassifier, TokenClassifierOutput } from './shared/heads/token_classifier.js';
export type { TokenDiscriminator, TokenDiscriminatorOutput } from './shared/heads/token_discriminator.js';
export type { LabelInput, ModelInputs, OutputName, Shaped, TokenInput } from './shared/inputs.js';
export { type AnyModelOutput, type EncoderOutputs, ModelOutput } from './shared/outputs.js';
export { pack } from './shared/pack.js';
export { type CompileOptions, type LoadReport, PreTrainedModel } from './shared/pretrained.js';
export type { SavePretrainedOptions } from './shared/save.js';
export type { SharedModel } from './shared/share.js';
export { XLMRobertaConfig, type XLMRobertaConfigFields } from './xlm_roberta/config.js';
export * from './xlm_roberta/model.js';
