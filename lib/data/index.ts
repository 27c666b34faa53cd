export { Dataset, type ShuffleOptions, type SplitOptions } from './dataset.js';
export type { CsvOptions } from './csv.js';
export type { JsonlOptions } from './jsonl.js';
export type { BatchMapper, BatchOf, ColumnArrays, MapOptions, Merged, RowMapper } from './map_rows.js';
