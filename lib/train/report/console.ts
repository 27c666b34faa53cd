import type { TrainerCallback, TrainerEvent } from '../callbacks/callback.js';
import { snakeName } from '../arguments/python_json.js';
import type { LogEntry } from '../state.js';

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** Each line of the log on standard error, in Python's names. @internal */
export class ConsoleReporter implements TrainerCallback {
  onLog({ logs }: TrainerEvent & { logs: LogEntry }): void {
    const parts = Object.entries(logs).filter(([name]) => name !== 'totalFlos');
    process.stderr.write(`${parts.map(([name, value]) => `${snakeName(name)}=${shown(value)}`).join(' ')}\n`);
  }
}
