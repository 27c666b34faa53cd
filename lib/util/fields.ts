import { z } from 'zod';
import { ConfigError } from './errors.js';
import { shown } from './shown.js';

const LARGEST = 2 ** 31 - 1;

/** Bounds of a field, both taken. */
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

/** A finite number above 0. @internal */
export function positive() {
  return z.custom<number>((v) => typeof v === 'number' && Number.isFinite(v) && v > 0, 'must be a number above 0');
}

/** A chance to drop, or a rate of decay: at least 0, below 1. @internal */
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

/** true: what would make it false is not there. @internal */
export function always() {
  return z.custom<true>((v) => v === true, 'must be true');
}

/** One of some texts. @internal */
export function oneOf<const T extends string>(...known: readonly T[]) {
  return z.custom<T>((v) => known.includes(v as T), `must be one of ${known.join(', ')}`);
}

/** A text of a number of characters; at most 1,000 by default. @internal */
export function text({ min = 0, max = 1000 }: Range = {}) {
  return z.custom<string>(
    (v) => typeof v === 'string' && v.length >= min && v.length <= max,
    `must be a text of ${min > 0 ? `${min} to` : 'at most'} ${max} characters`,
  );
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** One name or more, as a list or with commas between. @internal */
export function names() {
  return (
    z
      .custom<string | readonly string[]>(
        (value) => isName(value) || (Array.isArray(value) && value.length > 0 && value.every(isName)),
        'must be names with commas between',
      )
      // A name alone is read as text.
      .transform((value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value))
  );
}

/** Making one takes longer than using it. */
const OBJECTS = new WeakMap<z.ZodRawShape, z.ZodObject>();

function objectOf<Fields extends z.ZodRawShape>(fields: Fields): z.ZodObject<Fields> {
  const known = OBJECTS.get(fields) ?? z.object(fields);
  OBJECTS.set(fields, known);
  return known as z.ZodObject<Fields>;
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
  const parsed = objectOf(fields).safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = String(issue.path[0] ?? '');
  const value = values[field];
  throw new ConfigError(`${where}: ${nameOf(field)} ${issue.message}, got ${shown(value)}`, {
    field: nameOf(field),
    value,
  });
}
