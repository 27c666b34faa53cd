import type { TrainingArguments } from '../arguments/training_arguments.js';
import type { TrainerCallback } from '../callbacks/callback.js';
import { ConsoleReporter } from './console.js';
import { JsonlReporter } from './jsonl.js';
import { TensorBoardReporter } from './tensorboard.js';

const MAKERS = {
  console: (): TrainerCallback => new ConsoleReporter(),
  jsonl: (): TrainerCallback => new JsonlReporter(),
  tensorboard: (): TrainerCallback => new TensorBoardReporter(),
};

/** The callbacks of `reportTo`. @internal */
export function makeReporters({ reportTo }: TrainingArguments): TrainerCallback[] {
  return reportTo.map((name) => MAKERS[name]());
}
