import type { TrainingArguments } from '../arguments/training_arguments.js';
import type { TrainerCallback } from '../callbacks/callback.js';
import { ConsoleReporter } from './console.js';
import { HtmlReporter, type ReportedData } from './html_reporter.js';
import { JsonlReporter } from './jsonl.js';
import { TensorBoardReporter } from './tensorboard.js';

const MAKERS = {
  console: (): TrainerCallback => new ConsoleReporter(),
  jsonl: (): TrainerCallback => new JsonlReporter(),
  tensorboard: (): TrainerCallback => new TensorBoardReporter(),
  html: (data: ReportedData): TrainerCallback => new HtmlReporter(data),
};

/** The callbacks of `reportTo`. @internal */
export function makeReporters({ reportTo }: TrainingArguments, data: ReportedData): TrainerCallback[] {
  return reportTo.map((name) => MAKERS[name](data));
}
