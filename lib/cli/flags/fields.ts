import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';

/** Settings of a verb by name, and what each may be: flags and configuration files are read by one such table. @internal */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** `perDeviceTrainBatchSize` -> `per-device-train-batch-size`. @internal */
export function kebabName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A setting as the command line spells it, for errors. @internal */
export function flagName(name: string): string {
  return `--${kebabName(name)}`;
}

/** Why a field does not take a value; undefined: it does. @internal */
export function ruleBroken(field: z.ZodType, value: unknown): string | undefined {
  const parsed = field.safeParse(value);
  return parsed.success ? undefined : parsed.error.issues[0]!.message;
}

function takes(field: z.ZodType, value: unknown): boolean {
  return ruleBroken(field, value) === undefined;
}

function jsonOf(text: string): unknown[] {
  if (!/^[{[]/.test(text.trim())) return [];
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

/** What a flag's text may mean; a field takes the first that fits its rule. */
function meanings(text: string): unknown[] {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const truth = { true: true, false: false }[text.toLowerCase()];
  const list = text.split(',').map((part) => part.trim());
  return [
    ...(truth === undefined ? [] : [truth]),
    ...(Number.isFinite(number) ? [number] : []),
    text,
    ...jsonOf(text),
    list,
    list.map(Number),
  ];
}

/** The value of a flag's text. @throws InvalidArgumentError @internal */
export function readFlag(field: z.ZodType, text: string): unknown {
  const all = meanings(text);
  const found = all.find((value) => takes(field, value));
  if (found !== undefined) return found;
  const isNumber = typeof all[0] === 'number';
  throw new InvalidArgumentError(`${ruleBroken(field, isNumber ? all[0] : text)}.`);
}

function describe(field: z.ZodType): string {
  const rule = ruleBroken(field, Symbol('none of these'))?.replace(/^must be /, '') ?? '';
  const parsed = field.safeParse(undefined);
  const isPlain = parsed.success && ['string', 'number', 'boolean'].includes(typeof parsed.data);
  const text = field.description ?? rule;
  return isPlain ? `${text} (default: ${String(parsed.data)})` : text;
}

/**
 * Adds a flag for each field: `--learning-rate <value>`; of those that may be true, `--bf16`, `--bf16 false` and
 * `--no-bf16`. Their values are checked by the field's rule; defaults are not filled in.
 *
 * @param heading of the group in the verb's help
 * @internal
 */
export function addFlags(command: Command, fields: Fields, heading: string): Command {
  for (const [name, field] of Object.entries(fields)) {
    const isSwitch = takes(field, true);
    const option = new Option(`${flagName(name)} ${isSwitch ? '[value]' : '<value>'}`, describe(field));
    option.argParser((text: string) => readFlag(field, text)).helpGroup(heading);
    command.addOption(option);
    if (isSwitch) command.addOption(new Option(`--no-${kebabName(name)}`).hideHelp());
  }
  return command;
}

/** The values among a verb's options that are of these fields and were given. @internal */
export function pickFields(fields: Fields, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.keys(fields).filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}
