/** Parts of tokenizer.json that families of SentencePiece tokenizers share. */

export type Json = Record<string, unknown>;

/** What SentencePiece writes for a space. @internal */
export const SPACE_MARK = '\u2581';

/** One after the other; null for none. @internal */
export function sequence(kind: 'normalizers' | 'pretokenizers' | 'decoders', parts: readonly Json[]): Json | null {
  return parts.length === 0 ? null : { type: 'Sequence', [kind]: parts };
}

/** @internal */
export function precompiled(charsmap: Uint8Array): Json[] {
  if (charsmap.length === 0) return [];
  return [{ type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64') }];
}

/** @internal */
export function replace(pattern: string | { regex: string }, content: string): Json {
  const json = typeof pattern === 'string' ? { String: pattern } : { Regex: pattern.regex };
  return { type: 'Replace', pattern: json, content };
}

/** @internal */
export function metaspace(scheme: 'always' | 'first' | 'never', split = true): Json {
  return { type: 'Metaspace', replacement: SPACE_MARK, prepend_scheme: scheme, split };
}

/**
 * A template in the notation of Hugging Face's documentation: tokens, $A and $B, each with `:1` for the second type.
 * @internal
 */
export function template(single: string, pair: string, idOf: (token: string) => number): Json {
  const tokens: Json = {};
  const read = (text: string): Json[] =>
    text.split(' ').map((part) => {
      const [, name, type] = /^(.*?)(?::([01]))?$/.exec(part)!;
      const typed = { type_id: Number(type ?? 0) };
      if (name === '$A' || name === '$B') return { Sequence: { id: name.slice(1), ...typed } };
      tokens[name!] = { id: name, ids: [idOf(name!)], tokens: [name] };
      return { SpecialToken: { id: name, ...typed } };
    });
  return { type: 'TemplateProcessing', single: read(single), pair: read(pair), special_tokens: tokens };
}
