import cliProgress from 'cli-progress';
import type { TrainerCallback, TrainerEvent } from '../callbacks/callback.js';
import type { LogEntry } from '../state.js';

const HIDDEN = new Set(['step', 'epoch']);

function describe(entry: LogEntry): string {
  return Object.entries(entry)
    .filter(([name]) => !HIDDEN.has(name))
    .map(
      ([name, value]) =>
        `${name} ${Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(2)}`,
    )
    .join(', ');
}

/** A progress bar on standard error; where that is no terminal, a line per evaluation. @internal */
export class ProgressCallback implements TrainerCallback {
  #bar: cliProgress.SingleBar | undefined;

  onTrainBegin({ state }: TrainerEvent): void {
    if (!process.stderr.isTTY) return;
    const format =
      'training [{bar}] {value}/{total} steps, epoch {epoch}, {duration_formatted} + {eta_formatted} left, {last}';
    this.#bar = new cliProgress.SingleBar(
      { format, stream: process.stderr, hideCursor: true },
      cliProgress.Presets.legacy,
    );
    this.#bar.start(state.maxSteps, state.globalStep, { epoch: '0.00', last: '' });
  }

  onStepEnd({ state }: TrainerEvent): void {
    this.#bar?.update(state.globalStep, { epoch: state.epoch.toFixed(2) });
  }

  onLog({ state, logs: entry }: TrainerEvent & { logs: LogEntry }): void {
    if (this.#bar !== undefined) this.#bar.update(state.globalStep, { last: describe(entry) });
    else if ('evalLoss' in entry || 'trainRuntime' in entry)
      process.stderr.write(
        `epoch ${state.epoch.toFixed(2)}, step ${state.globalStep}/${state.maxSteps}: ${describe(entry)}\n`,
      );
  }

  onTrainEnd(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
