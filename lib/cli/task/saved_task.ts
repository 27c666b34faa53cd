import path from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../io/json_file.js';
import { camelKeys, pythonJson } from '../../train/arguments/python_json.js';
import { writeFileAtomic } from '../../util/atomic_write.js';
import { CheckpointError, ConfigError } from '../../util/errors.js';
import { flag, integer, oneOf, parseFields, real, text } from '../../util/fields.js';
import { dataFields } from '../flags/data_fields.js';
import type { Fields } from '../flags/fields.js';

/** How long texts are cut, and their predictions put together. @internal */
export const lengthFields = {
  maxLength: integer().optional().describe("most tokens of a row; else the model's limit"),
  stride: integer({ min: 0 })
    .optional()
    .describe('long texts become windows of --max-length that share so many tokens'),
  combination: oneOf('mean', 'max', 'length', 'first')
    .optional()
    .describe(
      "how the predictions of a text's windows become one: mean (the default), max, length (mean by length), first",
    ),
} satisfies Fields;

/** What a model that writes texts is told. @internal */
export const writingFields = {
  maxTargetLength: integer().optional().describe('most tokens of a text to write; else as --max-length'),
  sourcePrefix: text().optional().describe('put before each source, as T5 is told its task'),
} satisfies Fields;

/** What a model of words alone is told. @internal */
export const wordFields = {
  mlmProbability: real({ max: 1 }).optional().describe('chance of a word to be hidden, of masked-lm; else 0.15'),
  wholeWordMask: flag().optional().describe('whether all tokens of a word are hidden or none, of masked-lm'),
  lineByLine: flag()
    .optional()
    .describe('whether each text is a row of its own; else all are joined and cut in blocks'),
} satisfies Fields;

const { format: _, ...columnFields } = dataFields;
const taskFields = {
  task: text({ min: 1 }).optional(),
  ...columnFields,
  ...lengthFields,
  ...writingFields,
  ...wordFields,
  // Training arguments by which a model that writes was judged.
  generationMaxLength: integer().optional(),
  generationNumBeams: integer().optional(),
};

/** What a model was trained with, and every verb takes for its defaults: `data_args.json` in the model's folder. @internal */
export type SavedTask = { -readonly [K in keyof typeof taskFields]?: z.infer<(typeof taskFields)[K]> | undefined };

/** The file's name. @internal */
export const TASK_FILE = 'data_args.json';

/** Writes a model's {@link TASK_FILE}. @throws CheckpointError when it cannot be written @internal */
export async function saveTask(folder: string, task: SavedTask): Promise<void> {
  const all = Object.fromEntries(Object.keys(taskFields).map((name) => [name, task[name as keyof SavedTask] ?? null]));
  await writeFileAtomic(path.join(folder, TASK_FILE), `${pythonJson(all)}\n`);
}

/** What a folder's model was trained with; nothing where it does not say. @throws ConfigError when the file is malformed @internal */
export async function readTask(folder: string): Promise<SavedTask> {
  const file = path.join(folder, TASK_FILE);
  let json: unknown;
  try {
    json = await readJsonFile(file, { maxBytes: 1 << 16 });
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return {};
    throw error;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new ConfigError(`${file}: the file must hold an object`, { path: file });
  const given = Object.entries(camelKeys(json) as Record<string, unknown>).filter(([, value]) => value !== null);
  return parseFields(file, taskFields, Object.fromEntries(given));
}
