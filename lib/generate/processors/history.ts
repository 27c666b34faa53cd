import type { LogitsProcessor } from '../options.js';

/** Makes tokens that a row holds less probable: their scores are divided by the penalty, or multiplied below 0. @internal */
export function repetitionPenalty(penalty: number): LogitsProcessor {
  return (tokens, scores) => {
    for (const token of new Set(tokens)) {
      const score = scores[token];
      if (score !== undefined) scores[token] = score < 0 ? score * penalty : score / penalty;
    }
  };
}

/** Forbids what would write a run of n tokens a second time. @internal */
export function noRepeatNgrams(size: number): LogitsProcessor {
  return (tokens, scores) => {
    const begin = tokens.length - size + 1;
    for (let at = 0; at < begin; at++) {
      let same = 0;
      while (same < size - 1 && tokens[at + same] === tokens[begin + same]) same++;
      if (same === size - 1) scores[tokens[at + same]!] = -Infinity;
    }
  };
}

/** Forbids the last token of each word behind its others. @param ends ids that are never forbidden alone @internal */
export function badWords(words: readonly (readonly number[])[], ends: readonly number[]): LogitsProcessor {
  const forbidden = words.filter((word) => word.length > 1 || !ends.includes(word[0]!));
  return (tokens, scores) => {
    for (const word of forbidden) {
      const begin = tokens.length - word.length + 1;
      if (begin >= 0 && word.slice(0, -1).every((token, i) => tokens[begin + i] === token))
        scores[word.at(-1)!] = -Infinity;
    }
  };
}
