import { taskOf, type Task } from '../models/registry.js';
import type { PreTrainedModel } from '../models/index.js';
import { ConfigError } from '../util/errors.js';

/** What each pipeline's models are for, by the pipeline's task. */
type Heads = Readonly<Record<string, { head: Task }>>;

/** The tasks whose models are those of some architectures; without a head, states are all there is. */
function tasksOf(architectures: readonly string[], heads: Heads): string {
  const has = new Set<Task | undefined>(['base', ...architectures.map((name) => taskOf(name))]);
  const tasks = Object.keys(heads).filter((task) => has.has(heads[task]!.head));
  return tasks.join(', ');
}

/**
 * Refuses a model without a head for a task, or whose head was made up when it was loaded.
 * @param isFresh Whether it was just loaded: a model in use may have been trained since.
 * @throws {ConfigError} naming the tasks that the model has a head for
 * @internal
 */
export function checkHead(task: string, model: PreTrainedModel, heads: Heads, isFresh: boolean): void {
  const { head } = heads[task]!;
  const { architecture, loadReport, config } = model;
  const refuse = (rule: string, name: string, architectures: readonly string[]): never => {
    const got = `${name}, which is for ${tasksOf(architectures, heads)}`;
    throw new ConfigError(`pipeline: ${task} needs ${rule}, got ${got}`, { task, architecture });
  };
  const own = taskOf(architecture);
  if (own !== undefined && own !== head) refuse('a model with a head for it', architecture, [architecture]);
  const missing = isFresh && head !== 'base' ? (loadReport?.newWeights ?? []) : [];
  if (missing.length === 0) return;
  const { architectures = [], modelType } = config;
  refuse(`trained weights of its head (${missing[0]})`, architectures[0] ?? modelType, architectures);
}
