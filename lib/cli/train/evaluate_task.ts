import { parseModelDType } from '../../models/model_dtype.js';
import { AutoTokenizer } from '../../tokenizers/index.js';
import { Trainer, TrainingArguments } from '../../train/index.js';
import { ConfigError } from '../../util/errors.js';
import type { DataOptions } from '../flags/data_fields.js';
import type { CliIo } from '../io.js';
import { readTask, type SavedTask } from '../task/saved_task.js';
import type { TrainSettings } from './settings.js';
import { startingPoint } from './start_model.js';
import { TASKS } from './tasks/index.js';
import type { TrainTask } from './tasks/task.js';

/** What an evaluation is given; what is absent is as the model was trained. @internal */
export interface EvaluationRequest extends DataOptions, Pick<SavedTask, 'maxLength' | 'stride'> {
  model: string;
  /** Where that lies. */
  folder: string;
  revision?: string | undefined;
  /** A file. */
  data: string;
  device: string;
  dtype?: string | undefined;
}

/** The task that a folder's model was trained for, where that is none of classifying texts. @internal */
export function otherTask({ task }: SavedTask): TrainTask | undefined {
  const found = task === undefined ? undefined : TASKS.get(task);
  return found?.head === 'sequenceClassification' ? undefined : found;
}

function known(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `evalExactMatch` -> `exactMatch`; times are left out. */
function plainNames(metrics: Readonly<Record<string, number>>): Record<string, number> {
  const kept = Object.entries(metrics).filter(([name]) => !/^epoch$|Runtime$|PerSecond$/.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name.charAt(4).toLowerCase() + name.slice(5), value]));
}

/**
 * Loss and metrics of a trained model over a file, as training judges it.
 * @throws ConfigError, DataError naming file and line, CheckpointError, TokenizerError, AbortError
 * @internal
 */
export async function evaluateTask(
  where: string,
  task: TrainTask,
  request: EvaluationRequest,
  io: CliIo,
): Promise<{ loss: number; samples: number; [metric: string]: number }> {
  const { model: source, folder, revision, data: file, device, dtype = 'auto', maxLength } = request;
  const { signal } = io;
  if (file === '-') throw new ConfigError(`${where}: --data must be a file for ${task.name}, got standard input`);
  const given = { ...(await readTask(folder)), ...known({ ...request }), ...task.judging };
  const args = new TrainingArguments({
    outputDir: folder,
    ...task.arguments?.(given),
    ...task.judging,
    disableTqdm: true,
  });
  const settings: TrainSettings = { ...request, task, train: file, eval: file, lora: undefined, args };
  const point = await startingPoint(where, settings, signal);
  const data = await task.read(where, settings, point, io);
  const tokenizer = await AutoTokenizer.fromPretrained(point.folder!);
  const model = await task.auto.fromPretrained(source, { revision, device, dtype: parseModelDType(dtype), signal });
  try {
    const { newWeights = [] } = model.loadReport ?? {};
    if (newWeights.length > 0)
      throw new ConfigError(`${where}: --model must be trained for ${task.name}, got none of ${newWeights.join(', ')}`);
    const limit = Math.min(
      maxLength ?? point.task.maxLength ?? tokenizer.modelMaxLength ?? Infinity,
      model.encoder.maxLength,
    );
    const parts = await data.parts({ tokenizer, maxLength: limit, forEvaluation: true, signal });
    const judged = await new Trainer({ ...parts, model, args }).evaluate(undefined, { signal });
    const { loss, ...others } = plainNames({ ...judged, ...data.also?.(judged) });
    return { loss: loss!, samples: data.rows.eval!, ...others };
  } finally {
    model.dispose();
    tokenizer.dispose();
  }
}
