export { AlbertConfig, type AlbertConfigFields } from './albert/config.js';
export * from './albert/model.js';
export * from './auto.js';
export { BartConfig, type BartConfigFields } from './bart/config.js';
export * from './bart/model.js';
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
export { DebertaConfig, type DebertaConfigFields } from './deberta/config.js';
export * from './deberta/model.js';
export { DebertaV2Config, type DebertaV2ConfigFields } from './deberta_v2/config.js';
export * from './deberta_v2/model.js';
export { DistilBertConfig, type DistilBertConfigFields } from './distilbert/config.js';
export * from './distilbert/model.js';
export { ElectraConfig, type ElectraConfigFields } from './electra/config.js';
export * from './electra/model.js';
export { ErnieConfig, type ErnieConfigFields } from './ernie/config.js';
export * from './ernie/model.js';
export type { ModelDType } from './model_dtype.js';
export { type FromPretrainedOptions, fromShared, loadModel, type PlaceOptions } from './from_pretrained.js';
export { GPT2Config, type GPT2ConfigFields } from './gpt2/config.js';
export * from './gpt2/model.js';
export { LlamaConfig, type LlamaConfigFields } from './llama/config.js';
export * from './llama/model.js';
export { LongformerConfig, type LongformerConfigFields } from './longformer/config.js';
export * from './longformer/model.js';
export { LoraConfig, type LoraConfigInit } from './lora/config.js';
export {
  getPeftModel,
  loadAdapter,
  type LoadAdapterOptions,
  mergeAdapter,
  mergeAndUnload,
  type PeftOptions,
  unmergeAdapter,
} from './lora/peft.js';
export { MarianConfig, type MarianConfigFields } from './marian/config.js';
export * from './marian/model.js';
export { MBartConfig, type MBartConfigFields } from './mbart/config.js';
export * from './mbart/model.js';
export { MPNetConfig, type MPNetConfigFields } from './mpnet/config.js';
export * from './mpnet/model.js';
export { RobertaConfig, type RobertaConfigFields } from './roberta/config.js';
export * from './roberta/model.js';
export { embedSentences, type EmbedOptions, type Pooling } from './sentence_embeddings.js';
export type { CachedSequence, KeyValueCache } from './shared/cache/key_value_cache.js';
export type { BaseModelOutput, HeadlessModel as BaseModel } from './shared/heads/base_model.js';
export type { CausalLM, CausalLMInputs, CausalLMOutput } from './shared/heads/causal_lm.js';
export type { MultipleChoiceInputs } from './shared/heads/choices.js';
export type { MaskedLM, MaskedLMOutput } from './shared/heads/masked_lm.js';
export type { MultipleChoice, MultipleChoiceOutput } from './shared/heads/multiple_choice.js';
export type { QuestionAnswering, QuestionAnsweringOutput } from './shared/heads/question_answering.js';
export type {
  SequenceClassifierModel as SequenceClassifier,
  SequenceClassifierOutput,
} from './shared/heads/sequence_classifier.js';
export type { TokenClassifier, TokenClassifierOutput } from './shared/heads/token_classifier.js';
export type { TokenDiscriminator, TokenDiscriminatorOutput } from './shared/heads/token_discriminator.js';
export type { LabelInput, ModelInputs, OutputName, Shaped, TokenInput } from './shared/inputs.js';
export type { Seq2SeqBase, Seq2SeqModelOutput } from './shared/seq2seq/base.js';
export type { Seq2SeqClassifier, Seq2SeqClassifierOutput } from './shared/seq2seq/classifier.js';
export type { Seq2SeqInputs } from './shared/seq2seq/inputs.js';
export type { Seq2SeqLM, Seq2SeqLMOutput } from './shared/seq2seq/lm.js';
export { type AnyModelOutput, type EncoderOutputs, ModelOutput, type Seq2SeqOutputs } from './shared/outputs.js';
export type { GenerateInputs } from './shared/generation/writing.js';
export { pack } from './shared/pack.js';
export { type CompileOptions, type LoadReport, PreTrainedModel } from './shared/pretrained.js';
export type { SavePretrainedOptions } from './shared/save.js';
export type { SharedModel } from './shared/share.js';
export { T5Config, type T5ConfigFields } from './t5/config.js';
export * from './t5/model.js';
export { XLMRobertaConfig, type XLMRobertaConfigFields } from './xlm_roberta/config.js';
export * from './xlm_roberta/model.js';
