export { Dataset, type ShuffleOptions, type SplitOptions } from './dataset.js';
export type { CsvOptions } from './csv.js';
export type { JsonlOptions } from './jsonl.js';
export type { BatchMapper, BatchOf, ColumnArrays, MapOptions, Merged, RowMapper } from './map_rows.js';
export {
  type DataCollator,
  DataCollatorWithPacking,
  DataCollatorWithPadding,
  type PackedBatch,
  type PaddedBatch,
  type PaddingOptions,
  type TokenizedRow,
} from './collator.js';
export type { LabelKind, LabelledRow } from './labels.js';
export { BatchSampler, type BatchSamplerOptions, RandomSampler, type Sampler, SequentialSampler } from './sampler.js';
