import { camelName } from '../../train/arguments/python_json.js';
import { didYouMean } from '../../util/did_you_mean.js';
import { shown } from '../../util/shown.js';
import { type Fields, ruleBroken } from './fields.js';
import { readYamlFile, type YamlFile } from './yaml_file.js';

/** `learning_rate`, `learning-rate` or `learningRate` -> `learningRate`. @internal */
export function fieldName(key: string): string {
  return camelName(key.replace(/-/g, '_'));
}

/**
 * The settings of a YAML file's top level, by field.
 * @throws ConfigError naming file and line, for an unknown key or a value that breaks its field's rule
 * @internal
 */
export function settingsOf(file: YamlFile, fields: Fields): Record<string, unknown> {
  const { value } = file;
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw file.refuse([], `the file must map names of options to values, got ${shown(value)}`);
  const names = Object.keys(fields);
  const settings: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value as Record<string, unknown>)) {
    const name = fieldName(key);
    if (!names.includes(name)) {
      const rule = 'a key must be the name of an option (see --help)';
      throw file.refuse([key], `${rule}, got ${shown(key)}${didYouMean(key, names)}`);
    }
    if (Object.hasOwn(settings, name)) throw file.refuse([key], `${name} must be given once, got it again as ${key}`);
    // As in Python's files: null is what nobody gave.
    if (given === null) continue;
    const broken = ruleBroken(fields[name]!, given);
    if (broken !== undefined) throw file.refuse([key], `${key} ${broken}, got ${shown(given)}`);
    settings[name] = given;
  }
  return settings;
}

/** {@link settingsOf} of a file; none without a path. @internal */
export async function readConfigFile(path: string | undefined, fields: Fields): Promise<Record<string, unknown>> {
  return path === undefined ? {} : settingsOf(await readYamlFile(path), fields);
}
