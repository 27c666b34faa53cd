import { z } from 'zod';
import { ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';

const LARGEST = 2 ** 31 - 1;

/** Options of a numeric field. */
interface Range {
  min?: number;
  max?: number;
}

/** A whole number; 1 to 2^31 - 1 by default. @internal */
export function integer({ min = 1, max = LARGEST }: Range = {}) {
  return z.custom<number>(
    (v) => Number.isInteger(v) && (v as number) >= min && (v as number) <= max,
    `must be an integer from ${min} to ${max}`,
  );
}

/** A finite number in [min, max]. @internal */
export function real({ min = 0, max = Number.MAX_VALUE }: Range = {}) {
  return z.custom<number>(
    (v) => typeof v === 'number' && Number.isFinite(v) && v >= min && v <= max,
    max === Number.MAX_VALUE ? `must be a number from ${min}` : `must be a number from ${min} to ${max}`,
  );
}

/** A chance to drop: at least 0, below 1. @internal */
export function chance() {
  return z.custom<number>((v) => typeof v === 'number' && v >= 0 && v < 1, 'must be a number from 0 to below 1');
}

/** true or false. @internal */
export function flag() {
  return z.custom<boolean>((v) => typeof v === 'boolean', 'must be true or false');
}

/** false: what would make it true is not there. @internal */
export function never() {
  return z.custom<false>((v) => v === false, 'must be false');
}

/** One of some texts. @internal */
export function oneOf<const T extends string>(...known: readonly T[]) {
  return z.custom<T>((v) => known.includes(v as T), `must be one of ${known.join(', ')}`);
}

/** A text of at most 1,000 characters. @internal */
export function text() {
  return z.custom<string>(
    (v) => typeof v === 'string' && v.length <= 1000,
    'must be a text of at most 1000 characters',
  );
}

/**
 * `values` with the defaults of `fields`; names that `fields` lacks are left out.
 * @param nameOf the name of a field as the caller wrote it, for errors
 * @throws ConfigError naming the first field that breaks its rule
 * @internal
 */
export function parseFields<Fields extends z.ZodRawShape>(
  where: string,
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string = (field) => field,
): z.infer<z.ZodObject<Fields>> {
  const parsed = z.object(fields).safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = String(issue.path[0] ?? '');
  const value = values[field];
  throw new ConfigError(`${where}: ${nameOf(field)} ${issue.message}, got ${shown(value)}`, {
    field: nameOf(field),
    value,
  });
}

/** snake_case of Hugging Face's files as camelCase: `hidden_size` -> `hiddenSize`. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** The fields of a file's object in camelCase. */
export type CamelFields<T> = { [K in keyof T as K extends string ? CamelCase<K> : never]: T[K] };

/** @internal */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** @internal */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
