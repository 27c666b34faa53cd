import { Tokenizer } from '@huggingface/tokenizers';
import { PART, PLAIN_TEMPLATES, type Templates } from '../parts/templates.js';

/** Stand-ins for the two texts when a post-processor is asked for its template. */
const MARKS = ['\u0000first', '\u0000second'] as const;

/** The ids of a text without special tokens. @internal */
export function oracleIds(tokenizer: Tokenizer, text: string): Int32Array {
  return text === '' ? new Int32Array() : Int32Array.from(tokenizer.encode(text, { add_special_tokens: false }).ids);
}

function templateOf(tokenizer: Tokenizer, isPair: boolean): Int32Array {
  const second = isPair ? [MARKS[1]] : null;
  const processed = tokenizer.post_processor!([MARKS[0]], second, true);
  const triples = processed.tokens.flatMap((token: string, i: number) => {
    const type = processed.token_type_ids?.[i] ?? 0;
    if (token === MARKS[0]) return [PART.first, type, 0];
    if (token === MARKS[1]) return [PART.second, type, 0];
    const id = tokenizer.token_to_id(token);
    if (id === undefined) throw new Error(`post_processor uses ${token}, which is not in the vocabulary`);
    return [PART.special, type, id];
  });
  return Int32Array.from(triples);
}

/** What the tokenizer's post-processor puts around one text and a pair. @internal */
export function oracleTemplates(tokenizer: Tokenizer): Templates {
  if (tokenizer.post_processor === null) return PLAIN_TEMPLATES;
  return { single: templateOf(tokenizer, false), pair: templateOf(tokenizer, true) };
}

/** The pure JavaScript tokenizer of a parsed tokenizer.json. @internal */
export function makeOracle(json: object, config: object): Tokenizer {
  return new Tokenizer(
    { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [], ...json },
    config,
  );
}
