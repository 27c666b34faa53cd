import { DataError } from '../util/errors.js';
import { throwIfAborted } from '../util/abort.js';
import { beamSearch } from './beam/search.js';
import { GenerationCall, type TokenListener } from './call.js';
import type { CachePart, GeneratingModel, Prompt } from './model.js';
import { type GenerateOptions, type GenerationSettings, settingsOf } from './options.js';
import type { Scheduler } from './scheduler.js';
import { Sequence } from './sequence.js';

/** What `generate` returns. */
export interface GenerateOutput<Cache = CachePart> {
  /** Rows of ids, each of its own length: of decoders with the prompt, of encoder-decoders from their start token on. */
  sequences: number[][];
  /** With beam search: the sum of a row's log-probabilities over its length to the power of `lengthPenalty`. */
  sequencesScores?: number[];
  /** With `outputScores`: [row][step] (V). */
  scores?: Float32Array[][];
  /** With `outputLogits`: [row][step] (V). */
  logits?: Float32Array[][];
  /** With `returnCache`: what was read of each row, all but its last token. */
  pastKeyValues?: Cache[];
}

/** A model and what it writes. @internal */
export interface Generation {
  model: GeneratingModel;
  scheduler: Scheduler;
}

function checkPrompts({ architecture: where, longest }: GeneratingModel, prompts: readonly Prompt[]): void {
  for (const [row, { tokens }] of prompts.entries()) {
    if (tokens.length === 0)
      throw new DataError(`${where}.generate: a prompt must have a token, got none in row ${row}`, { row });
    if (tokens.length >= longest)
      throw new DataError(
        `${where}.generate: a prompt must be shorter than the model's ${longest} positions, got ${tokens.length} tokens in row ${row}`,
        { row, length: tokens.length, maxPositions: longest },
      );
  }
}

/** The rows of a call, several of each prompt where that is asked. */
function rowsOf(model: GeneratingModel, settings: GenerationSettings, prompts: readonly Prompt[]): Sequence[] {
  checkPrompts(model, prompts);
  const { numReturnSequences: copies, numBeams, seeds } = settings;
  const each = numBeams > 1 ? 1 : copies;
  if (typeof seeds !== 'number' && seeds.length !== prompts.length * each)
    throw new DataError(
      `${model.architecture}.generate: seed must have one number per row, got ${seeds.length} for ${prompts.length * each}`,
    );
  return prompts.flatMap((prompt, i) =>
    Array.from({ length: each }, (_, copy) => new Sequence(model, settings, prompt, i * each + copy)),
  );
}

/** Begins a call that the running batch takes in. @throws ConfigError, DataError, AbortError @internal */
export function startCall(
  { model, scheduler }: Generation,
  prompts: readonly Prompt[],
  settings: GenerationSettings,
  onToken?: TokenListener,
): GenerationCall {
  const where = `${model.architecture}.generate`;
  throwIfAborted(settings.signal, where);
  const call = new GenerationCall(where, rowsOf(model, settings, prompts), settings.signal, onToken);
  scheduler.submit(call);
  return call;
}

/**
 * Writes on from prompts.
 * @throws ConfigError, DataError, AbortError, DisposedError, OutOfMemoryError, and what functions of the caller's throw
 * @internal
 */
export async function generate(
  generation: Generation,
  prompts: readonly Prompt[],
  options: GenerateOptions,
): Promise<GenerateOutput> {
  const { model } = generation;
  const settings = settingsOf(model, options);
  if (settings.numBeams > 1) {
    throwIfAborted(settings.signal, `${model.architecture}.generate`);
    return beamSearch(model, rowsOf(model, settings, prompts));
  }
  const { done, rows } = startCall(generation, prompts, settings);
  await done;
  return {
    sequences: rows.map(({ tokens }) => tokens),
    ...(settings.outputScores && { scores: rows.map(({ scores }) => scores) }),
    ...(settings.outputLogits && { logits: rows.map(({ logits }) => logits) }),
    ...(settings.returnCache && { pastKeyValues: rows.map(({ cache }) => cache!) }),
  };
}
