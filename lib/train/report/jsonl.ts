import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureWritableFolder, toCheckpointError } from '../../util/atomic_write.js';
import { snakeKeys } from '../arguments/python_json.js';
import type { TrainerCallback, TrainerEvent } from '../callbacks/callback.js';
import type { LogEntry } from '../state.js';

/** Each line of the log as an object in `log.jsonl`, in Python's names. @internal */
export class JsonlReporter implements TrainerCallback {
  async onLog({ args, logs }: TrainerEvent & { logs: LogEntry }): Promise<void> {
    const file = path.join(args.outputDir, 'log.jsonl');
    await ensureWritableFolder(args.outputDir);
    try {
      await appendFile(file, `${JSON.stringify(snakeKeys(logs))}\n`);
    } catch (error) {
      throw toCheckpointError('Trainer', 'the log must be writable', file, error);
    }
  }
}
