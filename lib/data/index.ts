export { Dataset, type ShuffleOptions, type SortOptions } from './table/dataset.js';
export { BaseDataset, type ColumnOf, type LabelNames, type SignalOptions } from './table/base_dataset.js';
export { DatasetViews, type MultiLabelOptions } from './table/dataset_views.js';
export { DatasetDict } from './table/dataset_dict.js';
export { IterableDataset, type StreamMapOptions, type StreamShuffleOptions } from './table/iterable_dataset.js';
export type { BatchMapper, BatchOf, ColumnArrays, MapOptions, Merged, RowMapper } from './table/map_rows.js';
export { removeMapCache } from './table/map_cache.js';
export type { SplitOptions } from './splits/split.js';
export type { FoldOptions } from './splits/k_fold.js';
export type { ArrowOptions, ArrowTable } from './readers/arrow/arrow.js';
export type { ConllOptions, TaggedSentence } from './readers/conll.js';
export type { CsvOptions } from './readers/csv.js';
export type { DataLoadOptions } from './readers/formats.js';
export type { JsonOptions } from './readers/json.js';
export type { JsonlOptions } from './readers/jsonl.js';
export type { ParquetOptions } from './readers/parquet.js';
export type { DataFormat, DataSource, RowReadOptions, TextReadOptions } from './readers/source.js';
export type { SquadOptions, SquadQuestion } from './readers/squad.js';
export type { TextOptions } from './readers/text.js';
export type { CsvWriteOptions, RowWriteOptions } from './writers/write_rows.js';
export type { AnsweredRow, BatchAnswers } from './batches/answers.js';
export {
  type BatchPlace,
  type DataCollator,
  DataCollatorWithPacking,
  DataCollatorWithPadding,
  type PackedBatch,
  type PaddedBatch,
  type PaddingOptions,
  type TokenizedRow,
} from './batches/collator.js';
export type { BatchFormOptions } from './batches/collators/batch_form.js';
export {
  DataCollatorForLanguageModeling,
  DataCollatorForWholeWordMask,
  type LanguageModelingOptions,
  type MaskableRow,
} from './batches/collators/language_modeling.js';
export { type ChoiceRow, DataCollatorForMultipleChoice } from './batches/collators/multiple_choice.js';
export { DataCollatorForSeq2Seq, type Seq2SeqCollatorOptions } from './batches/collators/seq2seq.js';
export { DataCollatorForTokenClassification } from './batches/collators/token_classification.js';
export { type CombineOptions, combineWindows, type WindowCombination } from './batches/combine_windows.js';
export {
  type LanguageModelingTextOptions,
  prepareLanguageModeling,
  type TextBlock,
} from './tasks/language_modeling.js';
export {
  prepareQuestionAnswering,
  type QuestionAnsweringOptions,
  type QuestionWindow,
} from './tasks/question_answering.js';
export { prepareSeq2Seq, type Seq2SeqOptions, type SourceAndTarget } from './tasks/seq2seq.js';
export {
  type LabelledTokens,
  prepareTokenClassification,
  type TokenClassificationOptions,
} from './tasks/token_classification.js';
export type { LabelKind, LabelledRow } from './batches/labels.js';
export { type TokenizedText, type TokenizeOptions, tokenizeRows, type WindowColumns } from './batches/tokenize_rows.js';
export {
  type ClassLabel,
  type ClassWeights,
  computeClassWeight,
  computeSampleWeight,
  oversample,
  type ResampleOptions,
  undersample,
} from './samplers/balance.js';
export { BatchSampler, type BatchSamplerOptions } from './samplers/batch_sampler.js';
export { LengthGroupedSampler, type LengthGroupedSamplerOptions } from './samplers/length_grouped_sampler.js';
export { RandomSampler, type Sampler, SequentialSampler } from './samplers/sampler.js';
export { WeightedRandomSampler, type WeightedSamplerOptions } from './samplers/weighted_sampler.js';
