import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { ConfigError } from '../../util/errors.js';

/** The id of a word: its own token, else its first one. */
function idOf(target: string, tokenizer: PreTrainedTokenizer): number | undefined {
  if (tokenizer.unkTokenId !== undefined) {
    const id = tokenizer.convertTokensToIds(target);
    if (tokenizer.convertIdsToTokens(id) === target) return id;
  }
  return tokenizer.encode(target, { addSpecialTokens: false, truncation: true, maxLength: 1 }).inputIds[0];
}

/**
 * The ids of the words that alone may fill a mask, each once.
 * @throws {ConfigError} There are none, or one has no token.
 * @internal
 */
export function targetIds(
  where: string,
  targets: string | readonly string[],
  tokenizer: PreTrainedTokenizer,
): number[] {
  const list: readonly unknown[] = typeof targets === 'string' ? [targets] : targets;
  if (!Array.isArray(list) || list.length === 0 || !list.every((target) => typeof target === 'string'))
    throw new ConfigError(`${where}: targets must be one word or more, got ${JSON.stringify(targets)}`, { targets });
  const ids = (list as readonly string[]).map((target) => {
    const id = idOf(target, tokenizer);
    if (id !== undefined) return id;
    throw new ConfigError(`${where}: targets must be words of a token, got ${JSON.stringify(target)}`, { target });
  });
  return [...new Set(ids)];
}
