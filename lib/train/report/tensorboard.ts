import { appendFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { ensureWritableFolder, toCheckpointError } from '../../util/atomic_write.js';
import { snakeName } from '../arguments/python_json.js';
import type { TrainerCallback, TrainerEvent } from '../callbacks/callback.js';
import type { LogEntry } from '../state.js';
import { scalarEvent, textEvent, versionEvent } from './tensorboard_file.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `eval_loss` -> `eval/loss`, `loss` -> `train/loss`, as Hugging Face names its curves. */
function tagOf(name: string): string {
  const python = snakeName(name);
  const [, split, rest] = /^(eval|test)_(.+)$/.exec(python) ?? [];
  return split === undefined ? `train/${python}` : `${split}/${rest}`;
}

/**
 * Event files for TensorBoard, in `runs/<time>_<host>` of the output folder, with the curves that Python's Trainer
 * writes.
 * @internal
 */
export class TensorBoardReporter implements TrainerCallback {
  #file: string | undefined;

  async onTrainBegin({ args, model }: TrainerEvent): Promise<void> {
    const now = new Date();
    const two = (value: number) => String(value).padStart(2, '0');
    const time = `${two(now.getHours())}-${two(now.getMinutes())}-${two(now.getSeconds())}`;
    const run = `${MONTHS[now.getMonth()]}${two(now.getDate())}_${time}_${hostname()}`;
    const folder = path.join(args.outputDir, 'runs', run);
    await ensureWritableFolder(folder);
    const seconds = Math.floor(now.getTime() / 1e3);
    this.#file = path.join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.0`);
    const { config } = model as { config?: { toJson?(): unknown } };
    const described = typeof config?.toJson === 'function' ? config.toJson() : undefined;
    await this.#append([
      versionEvent(),
      textEvent('args', JSON.stringify(args.toJson(), null, 2)),
      ...(described === undefined ? [] : [textEvent('model_config', JSON.stringify(described, null, 2))]),
    ]);
  }

  async onLog({ logs }: TrainerEvent & { logs: LogEntry }): Promise<void> {
    const values = Object.entries(logs).filter(([name]) => name !== 'step');
    await this.#append(values.map(([name, value]) => scalarEvent(tagOf(name), value, logs.step)));
  }

  async #append(events: readonly Buffer[]): Promise<void> {
    if (this.#file === undefined) return;
    try {
      await appendFile(this.#file, Buffer.concat(events));
    } catch (error) {
      throw toCheckpointError('Trainer', 'the event file must be writable', this.#file, error);
    }
  }
}
