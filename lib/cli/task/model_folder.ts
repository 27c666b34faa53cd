import { allOf, anyOf, resolveSource } from '../../hub/resolve.js';
import { modelNeed } from '../../models/from_pretrained.js';
import { tokenizerNeed } from '../../tokenizers/auto_tokenizer.js';
import { TASK_FILE } from './saved_task.js';

const classifierNeed = allOf(anyOf(TASK_FILE), tokenizerNeed, modelNeed);
const textNeed = allOf(anyOf(TASK_FILE), tokenizerNeed);

/** What a verb takes of the hub, and what stops it. */
interface HubPlace {
  revision?: string | undefined;
  signal: AbortSignal;
}

/**
 * The folder of a `--model`: a folder as it is, a model of the hub in the cache with all that belongs to it.
 * @param where the verb, for errors
 * @throws HubError, ConfigError, AbortError
 * @internal
 */
export function modelFolder(where: string, model: string, place: HubPlace): Promise<string> {
  return resolveSource(where, model, classifierNeed, place);
}

/** The same, of a tokenizer. @internal */
export function tokenizerFolder(where: string, model: string, place: HubPlace): Promise<string> {
  return resolveSource(where, model, textNeed, place);
}
