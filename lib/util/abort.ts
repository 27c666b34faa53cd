import { AbortError, ConfigError } from './errors.js';
import { shown } from './shown.js';

/** Whether a value does what is needed of a signal, which may be of another realm or a library's own. */
function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/**
 * Throws when the caller's signal has fired; the signal's reason becomes the error's cause.
 *
 * @param where The operation that stops, first word of the error's text.
 * @throws {AbortError} The signal is aborted.
 * @throws {ConfigError} It is no signal.
 * @internal
 */
export function throwIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (signal !== undefined && !isSignal(signal))
    throw new ConfigError(`${where}: signal must be an AbortSignal, got ${shown(signal)}`);
  if (signal?.aborted) throw toAbortError(signal, where);
}

/**
 * The {@link AbortError} of a signal that has fired.
 * @internal
 */
export function toAbortError(signal: AbortSignal, where: string): AbortError {
  const reason: unknown = signal.reason;
  const told = reason instanceof Error && reason.name !== 'AbortError' ? reason.message : reason;
  const suffix = typeof told === 'string' ? `, got ${told}` : '';
  return new AbortError(`${where}: aborted by the caller${suffix}`, { where }, { cause: reason });
}

/** What waits for each signal: one listener a signal, for Node warns of more than ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once when the signal fires; any number of callers may share a signal.
 * @returns What takes the listener away again.
 * @internal
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  let listeners = waiting.get(signal);
  if (listeners === undefined) {
    const all = new Set<() => void>();
    waiting.set(signal, (listeners = all));
    const fire = (): void => {
      for (const each of [...all]) each();
      all.clear();
    };
    signal.addEventListener('abort', fire, { once: true });
  }
  const own = listeners;
  const entry = (): void => listener();
  own.add(entry);
  return () => void own.delete(entry);
}
