import type { GenerationSettings, LengthBounds, LogitsProcessor } from '../options.js';
import { badWords, noRepeatNgrams, repetitionPenalty } from './history.js';
import { forcedAt, lastPlace, suppressed, suppressedAt, suppressedBefore } from './places.js';
import { onlyMinP, onlyTopK, onlyTopP, onlyTypical, temperatureOf } from './warpers.js';

/** What a row's processors depend on. */
interface RowPlace {
  /** Tokens of the decoder's prompt. */
  prompt: number;
  bounds: LengthBounds;
}

/** What changes a row's scores before it is sampled or searched, in Python's order; the caller's own come last. @internal */
export function processorsOf(settings: GenerationSettings, { prompt, bounds }: RowPlace): LogitsProcessor[] {
  const { repetitionPenalty: penalty, noRepeatNgramSize: size, badWordsIds, ends } = settings;
  const { suppressTokens = [], beginSuppressTokens = [], forcedBosTokenId, forcedEosTokenId } = settings;
  const list: LogitsProcessor[] = [];
  if (penalty !== 1) list.push(repetitionPenalty(penalty));
  if (size > 0) list.push(noRepeatNgrams(size));
  if (badWordsIds != null) list.push(badWords(badWordsIds, ends));
  if (bounds.min > prompt && ends.length > 0) list.push(suppressedBefore(bounds.min, ends));
  if (forcedBosTokenId != null && prompt <= 1) list.push(forcedAt(1, [forcedBosTokenId]));
  if (forcedEosTokenId != null) list.push(forcedAt(lastPlace(bounds), [forcedEosTokenId].flat()));
  if (suppressTokens!.length > 0) list.push(suppressed(suppressTokens!));
  const begin = prompt > 1 || forcedBosTokenId == null ? prompt : prompt + 1;
  if (beginSuppressTokens!.length > 0) list.push(suppressedAt(begin, beginSuppressTokens!));
  return [...list, ...settings.logitsProcessors];
}

/** What narrows scores to what is drawn from, in Python's order. @internal */
export function warpersOf(settings: GenerationSettings): LogitsProcessor[] {
  const { doSample, temperature, topK, topP, minP, typicalP } = settings;
  if (!doSample) return [];
  const list: LogitsProcessor[] = [];
  if (temperature !== 1) list.push(temperatureOf(temperature));
  if (topK > 0) list.push(onlyTopK(topK));
  if (topP < 1) list.push(onlyTopP(topP));
  if (minP > 0) list.push(onlyMinP(minP));
  if (typicalP < 1) list.push(onlyTypical(typicalP));
  return list;
}

/**
 * The scores after some processors; the given ones may be changed.
 * @throws whatever a processor of the caller's throws
 * @internal
 */
export function processed(
  processors: readonly LogitsProcessor[],
  tokens: readonly number[],
  scores: Float32Array,
): Float32Array {
  return processors.reduce((current, process) => process(tokens, current) ?? current, scores);
}
