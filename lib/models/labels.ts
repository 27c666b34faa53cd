import { ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';

/** Class names by index and indices by name. */
export interface LabelMaps {
  readonly id2label: Readonly<Record<number, string>>;
  readonly label2id: Readonly<Record<string, number>>;
}

const MOST_LABELS = 1_000_000;
const DEFAULT_LABELS = 2;

/** `LABEL_0` ... as Hugging Face names classes that nobody named. */
function defaultNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `LABEL_${i}`);
}

function refuse(where: string, field: string, rule: string, value: unknown): never {
  throw new ConfigError(`${where}: ${field} ${rule}, got ${shown(value)}`, { field, value });
}

function countOf(where: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_LABELS) return value as number;
  return refuse(where, 'num_labels', `must be an integer from 1 to ${MOST_LABELS}`, value);
}

/** Names in order of their indices, from `{ "0": "ham", "1": "spam" }` or a list. */
function namesOf(where: string, value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') return refuse(where, 'id2label', 'must map indices to names', value);
  const count = Object.keys(value).length;
  if (count > MOST_LABELS) return refuse(where, 'id2label', `must hold at most ${MOST_LABELS} names`, count);
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = Object.hasOwn(value, `${i}`) ? (value as Record<string, unknown>)[`${i}`] : undefined;
    if (typeof name !== 'string' && typeof name !== 'number')
      return refuse(where, 'id2label', `must map each of 0 to ${count - 1} to a name`, value);
    names.push(String(name));
  }
  return count === 0 ? undefined : names;
}

function checkIndices(where: string, value: unknown, names: readonly string[]): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'object') refuse(where, 'label2id', 'must map names to indices', value);
  for (const [name, index] of Object.entries(value as object)) {
    const isIndex = Number.isInteger(index) && (index as number) >= 0 && (index as number) < names.length;
    if (!isIndex) refuse(where, 'label2id', `must give indices from 0 to ${names.length - 1}`, { [name]: index });
  }
}

/** Names from label2id alone. */
function inverted(where: string, value: unknown): string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const byIndex = Object.fromEntries(Object.entries(value).map(([name, index]) => [String(index), name]));
  return namesOf(where, byIndex);
}

/**
 * The labels of a config: id2label, else label2id turned round, else num_labels default names, else two.
 * @throws ConfigError when the fields are malformed or contradict one another
 * @internal
 */
export function labelsOf(where: string, raw: Readonly<Record<string, unknown>>): LabelMaps {
  const count = countOf(where, raw['num_labels']);
  const given = namesOf(where, raw['id2label']) ?? inverted(where, raw['label2id']);
  if (count !== undefined && given !== undefined && count !== given.length)
    refuse(where, 'num_labels', `must be the number of labels in id2label, ${given.length}`, count);
  const names = given ?? defaultNames(count ?? DEFAULT_LABELS);
  checkIndices(where, raw['label2id'], names);
  return {
    id2label: { ...names },
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
  };
}

/** The fields of config.json; none for two classes with default names, as in Hugging Face. @internal */
export function labelsToJson({ id2label, label2id }: LabelMaps): Record<string, unknown> {
  const names = Object.values(id2label);
  const isDefault =
    names.length === DEFAULT_LABELS && defaultNames(DEFAULT_LABELS).every((name, i) => name === names[i]);
  return isDefault ? {} : { id2label, label2id };
}
