import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { MetricBatch } from '../../metrics/index.js';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import type { TrainerCallback, TrainerEvent } from '../callbacks/callback.js';
import { type CallbackState, stateText } from '../state.js';
import type { StreamedDataset, TrainableDataset } from '../types.js';
import { summarizeData } from './data_summary.js';
import { describeEnvironment } from './environment.js';
import { type EvaluationRecord, EvaluationRecorder } from './evaluation_record.js';
import { evaluationSchema, type ReportData, writeReportData } from './report_data.js';
import { writeReport } from './write_report.js';

/** The data sets of a run. @internal */
export interface ReportedData {
  train?: TrainableDataset | StreamedDataset | undefined;
  eval?: TrainableDataset | StreamedDataset | undefined;
}

/** What tells of labels in a model's config; the problem type may be settled by the first batch. */
interface DescribedConfig {
  problemType?: string | undefined;
  id2label?: Readonly<Record<number, string>>;
}

function recordOf(saved: unknown): EvaluationRecord | undefined {
  return evaluationSchema.safeParse(saved).data;
}

/**
 * Writes `report.html`, with what it is made of, when a run has ended and after an evaluation from then on that it does not show. Of the
 * evaluations it takes the last one, or with `loadBestModelAtEnd` the best.
 * @internal
 */
export class HtmlReporter implements TrainerCallback {
  readonly name = 'HtmlReporter';
  readonly #data: ReportedData;
  readonly #recorder = new EvaluationRecorder();
  #config: DescribedConfig = {};
  #last: EvaluationRecord | undefined;
  #best: EvaluationRecord | undefined;
  /** What the report shows. */
  #written: EvaluationRecord | undefined;
  #hasEnded = false;
  #summaries: ReportData['data'] | undefined;

  constructor(data: ReportedData) {
    this.#data = data;
  }

  /** What evaluations tell as they go. */
  readonly predictions = {
    reset: (): void => this.#recorder.reset(),
    add: (batch: MetricBatch): void => this.#recorder.add(batch, this.#config.problemType),
  };

  onTrainBegin(event: TrainerEvent): void {
    const { state } = event;
    // Each run may have a model of its own.
    this.onInitEnd(event);
    this.#hasEnded = false;
    if (state.globalStep === 0) [this.#last, this.#best] = [undefined, undefined];
  }

  onInitEnd({ model }: TrainerEvent): void {
    this.#config = (model as { config?: DescribedConfig }).config ?? {};
  }

  async onEvaluate(event: TrainerEvent): Promise<void> {
    this.#keepBest(event);
    this.#last = this.#recorder.record(event.state.globalStep, Object.values(this.#config.id2label ?? {}));
    // Drawn again where it would show something else.
    if (this.#hasEnded && !isDeepStrictEqual(this.#reported(event), this.#written)) await this.#write(event);
  }

  async onTrainEnd(event: TrainerEvent): Promise<void> {
    const { state, control } = event;
    // A run that failed, or was aborted, ends at once.
    if (state.globalStep < state.maxSteps && !control.shouldTrainingStop) return;
    this.#hasEnded = true;
    await this.#write(event);
  }

  saveState(): CallbackState {
    return { args: {}, attributes: { last: this.#last ?? null, best: this.#best ?? null } };
  }

  loadState({ attributes }: CallbackState): void {
    [this.#last, this.#best] = [recordOf(attributes?.['last']), recordOf(attributes?.['best'])];
  }

  #reported({ args }: TrainerEvent): EvaluationRecord | undefined {
    return (args.loadBestModelAtEnd ? this.#best : undefined) ?? this.#last;
  }

  /** The state names the best step after the evaluation was told of. */
  #keepBest({ state }: TrainerEvent): void {
    if (this.#last !== undefined && this.#last.step === state.bestGlobalStep) this.#best = this.#last;
  }

  async #write(event: TrainerEvent): Promise<void> {
    const { args, state, model } = event;
    this.#keepBest(event);
    this.#written = this.#reported(event);
    const { problemType, id2label = {} } = this.#config;
    this.#summaries ??= {
      train: await summarizeData(this.#data.train, problemType),
      eval: await summarizeData(this.#data.eval, problemType),
    };
    await ensureWritableFolder(args.outputDir);
    await writeReportData(args.outputDir, {
      arguments: args.toJson(),
      environment: await describeEnvironment(args, model.device),
      labels: Object.values(id2label).slice(0, 1000),
      data: this.#summaries,
      evaluation: this.#written,
    });
    await writeFileAtomic(path.join(args.outputDir, 'trainer_state.json'), stateText(state));
    await writeReport(args.outputDir);
  }
}
