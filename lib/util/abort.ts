import { AbortError } from './errors.js';

/**
 * Throws when the caller's signal has fired; the signal's reason becomes the error's cause.
 *
 * @param where The operation that stops, first word of the error's text.
 * @throws {AbortError} The signal is aborted.
 * @internal
 */
export function throwIfAborted(signal: AbortSignal | undefined, where: string): void {
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
