/** The stable codes of {@link GridstrideError}; native errors carry the same strings. */
export type ErrorCode =
  | 'SHAPE'
  | 'DTYPE'
  | 'DEVICE'
  | 'UNSUPPORTED_OP'
  | 'DISPOSED'
  | 'OUT_OF_MEMORY'
  | 'QUEUE_FULL'
  | 'ABORTED'
  | 'CHECKPOINT'
  | 'TOKENIZER'
  | 'HUB'
  | 'DATA'
  | 'CONFIG'
  | 'CUDA'
  | 'ADDON';

/** The values behind an error's text, by name. */
export type ErrorFields = Readonly<Record<string, unknown>>;

/**
 * Base of every error this package throws. The text reads `where: rule, got values`;
 * `code` is stable across releases and `fields` holds the values in the text.
 *
 * @example
 * ```ts
 * import { ConfigError, GridstrideError } from 'gridstride';
 * const error: GridstrideError = new ConfigError('train: epochs must be positive, got -1', { epochs: -1 });
 * console.log(error.code, error.fields['epochs']); // CONFIG -1
 * ```
 */
export abstract class GridstrideError extends Error {
  abstract readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(message: string, fields: ErrorFields = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.fields = fields;
  }
}

/** Shapes do not fit an operation's rule. */
export class ShapeError extends GridstrideError {
  readonly code = 'SHAPE';
}
/** An element type an operation does not take, or a mix of them. */
export class DTypeError extends GridstrideError {
  readonly code = 'DTYPE';
}
/** A device that is absent, or tensors on different devices. */
export class DeviceError extends GridstrideError {
  readonly code = 'DEVICE';
}
/** An operation (or option of it) that a device or dtype has no implementation for. */
export class UnsupportedOpError extends GridstrideError {
  readonly code = 'UNSUPPORTED_OP';
}
/** Use of a tensor, model or tokenizer after `dispose()`. */
export class DisposedError extends GridstrideError {
  readonly code = 'DISPOSED';
}
/** The device has no memory left; fields: requested, used, cached (bytes). */
export class OutOfMemoryError extends GridstrideError {
  readonly code = 'OUT_OF_MEMORY';
}
/** More work queued than the bound allows; `await device.ready()` and go on. */
export class QueueFullError extends GridstrideError {
  readonly code = 'QUEUE_FULL';
}
/** The caller's `AbortSignal` fired. */
export class AbortError extends GridstrideError {
  readonly code = 'ABORTED';
}
/** A checkpoint file or folder that is malformed or does not fit the model. */
export class CheckpointError extends GridstrideError {
  readonly code = 'CHECKPOINT';
}
/** A tokenizer file that is malformed, or text it cannot take. */
export class TokenizerError extends GridstrideError {
  readonly code = 'TOKENIZER';
}
/** A model hub that cannot be reached, refuses, or answers with something else than it was asked for. */
export class HubError extends GridstrideError {
  readonly code = 'HUB';
}
/** Data that breaks its format or an operation's value range (ids, labels, rows of a file). */
export class DataError extends GridstrideError {
  readonly code = 'DATA';
}
/** An option or configuration value that is unknown, mistyped or out of range. */
export class ConfigError extends GridstrideError {
  readonly code = 'CONFIG';
}
/** A CUDA call failed. */
export class CudaError extends GridstrideError {
  readonly code = 'CUDA';
}
/** The native addon could not be loaded. */
export class AddonError extends GridstrideError {
  readonly code = 'ADDON';
}

type ErrorClass = new (message: string, fields?: ErrorFields, options?: ErrorOptions) => GridstrideError;

/** The class of each code: native code sends the code, {@link toTypedError} makes the error. */
export const ERROR_CLASSES: Readonly<Record<ErrorCode, ErrorClass>> = {
  SHAPE: ShapeError,
  DTYPE: DTypeError,
  DEVICE: DeviceError,
  UNSUPPORTED_OP: UnsupportedOpError,
  DISPOSED: DisposedError,
  OUT_OF_MEMORY: OutOfMemoryError,
  QUEUE_FULL: QueueFullError,
  ABORTED: AbortError,
  CHECKPOINT: CheckpointError,
  TOKENIZER: TokenizerError,
  HUB: HubError,
  DATA: DataError,
  CONFIG: ConfigError,
  CUDA: CudaError,
  ADDON: AddonError,
};

/**
 * Turns an error thrown by the addon (a plain `Error` with `code` and `fields`) into its class.
 * Anything else is returned unchanged.
 * @internal
 */
export function toTypedError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof GridstrideError) return error;
  const { code, fields } = error as Error & { code?: string; fields?: ErrorFields };
  const Class = code === undefined ? undefined : ERROR_CLASSES[code as ErrorCode];
  if (Class === undefined) return error;
  const typed = new Class(error.message, fields);
  if (error.stack !== undefined) typed.stack = error.stack.replace(/^Error/, typed.name);
  return typed;
}
