import type { Codec, CodecOptions } from './codec.js';
import type { FlatRows } from './encoding.js';

/** Bounds of one chunk: what the JavaScript thread reads at a time, and what a native thread does at a time. */
const CHUNK_TEXTS = 256;
const CHUNK_CHARACTERS = 1 << 17;

/** Chunks under way at once, as many as the engine has task threads. */
const IN_FLIGHT = 2;

/** Ends of the chunks of a batch. */
function chunkEnds(texts: readonly string[], pairs: readonly string[] | undefined): number[] {
  const ends: number[] = [];
  let start = 0;
  let characters = 0;
  for (let i = 0; i < texts.length; i++) {
    characters += texts[i]!.length + (pairs?.[i]?.length ?? 0);
    if (characters < CHUNK_CHARACTERS && i + 1 - start < CHUNK_TEXTS) continue;
    ends.push((start = i + 1));
    characters = 0;
  }
  if (start < texts.length) ends.push(texts.length);
  return ends;
}

/**
 * Encodes a batch of any size in chunks, so that neither the event loop nor a task thread is held for long.
 * @throws {AbortError} The signal fired.
 * @internal
 */
export async function encodeChunks(
  codec: Codec,
  texts: readonly string[],
  pairs: readonly string[] | undefined,
  options: CodecOptions,
  signal: AbortSignal | undefined,
): Promise<FlatRows[]> {
  const ends = chunkEnds(texts, pairs);
  const chunks = new Array<FlatRows>(ends.length);
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < ends.length) {
      const i = next++;
      const range = [i === 0 ? 0 : ends[i - 1]!, ends[i]!] as const;
      try {
        chunks[i] = await codec.encode(texts.slice(...range), pairs?.slice(...range), options, signal);
      } catch (error) {
        next = ends.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, run));
  return chunks;
}
