export { hyperparameterSearch, type SearchOptions, type SearchOutput } from './search.js';
export type { SearchPlan } from './plan.js';
export type { Trial, TrialStatus } from './search_file.js';
export type { SearchRange, SearchSpace, SearchValue } from './space.js';
export { formatTrials } from './trials_table.js';
