import { join } from 'node:path';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import type { BpeModel } from './parts/model.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { TokenizerFile } from './tokenizer_file.js';

/** Python's "no limit". */
const VERY_LARGE_INTEGER = 1e30;

/** vocab.txt, one token a line by id; undefined where ids have holes or a token spans lines. */
function vocabText(vocabulary: ReadonlyMap<string, number>): string | undefined {
  const lines: string[] = [];
  for (const [token, id] of vocabulary) {
    if (id >= vocabulary.size || /[\n\r]/.test(token)) return undefined;
    lines[id] = token;
  }
  return `${lines.join('\n')}\n`;
}

/** merges.txt, a pair a line by rank; undefined where a token holds a space or spans lines. */
function mergesText({ merges }: BpeModel, tokens: readonly string[]): string | undefined {
  const lines = ['#version: 0.2'];
  for (let i = 0; i < merges.length; i += 3) {
    const pair = [tokens[merges[i]!]!, tokens[merges[i + 1]!]!];
    if (pair.some((token) => /[ \n\r]/.test(token))) return undefined;
    lines.push(pair.join(' '));
  }
  return `${lines.join('\n')}\n`;
}

/** tokenizer_config.json: what was loaded, with the fields that may have changed since. */
function configJson(file: TokenizerFile, config: TokenizerConfig): Record<string, unknown> {
  const type = file.native?.model.type;
  const json: Record<string, unknown> = {
    ...config.json,
    tokenizer_class: config.tokenizerClass ?? (type === 'WordPiece' ? 'BertTokenizer' : 'PreTrainedTokenizerFast'),
    model_max_length: config.modelMaxLength ?? VERY_LARGE_INTEGER,
    padding_side: config.paddingSide,
    truncation_side: config.truncationSide,
    clean_up_tokenization_spaces: config.cleanUpSpaces,
  };
  if (config.srcLang !== undefined) json['src_lang'] = config.srcLang;
  if (config.tgtLang !== undefined) json['tgt_lang'] = config.tgtLang;
  for (const [role, token] of Object.entries(config.special)) json[role] ??= token;
  if (file.native === undefined || type !== 'WordPiece') return json;
  const { lowerCase, stripAccents, cjkSpacing } = file.native.normalizer;
  json['do_lower_case'] = lowerCase;
  json['strip_accents'] = stripAccents === lowerCase ? null : stripAccents;
  json['tokenize_chinese_chars'] = cjkSpacing;
  return json;
}

/**
 * Writes a tokenizer's files; returns their paths.
 * @throws {CheckpointError} The folder or a file cannot be written.
 * @internal
 */
export async function saveTokenizer(folder: string, file: TokenizerFile, config: TokenizerConfig): Promise<string[]> {
  await ensureWritableFolder(folder);
  const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const own: Iterable<[string, string | Uint8Array]> =
    file.files ??
    // Truncation and padding belong to a call, not to the tokenizer.
    ([['tokenizer.json', pretty({ ...file.json, truncation: null, padding: null })]] as const);
  const files: [string, string | Uint8Array][] = [
    ...own,
    ['tokenizer_config.json', pretty(configJson(file, config))],
    ['special_tokens_map.json', pretty(config.special)],
  ];
  const { model } = file.native ?? {};
  if (model?.type === 'BPE' && model.byteLevel) {
    const merges = mergesText(model, file.tokens);
    files.push(['vocab.json', pretty(Object.fromEntries(file.vocabulary))]);
    if (merges !== undefined) files.push(['merges.txt', merges]);
  }
  const vocab = model?.type === 'WordPiece' ? vocabText(file.vocabulary) : undefined;
  if (vocab !== undefined) files.push(['vocab.txt', vocab]);
  const paths: string[] = [];
  for (const [name, text] of files) {
    const path = join(folder, name);
    await writeFileAtomic(path, text);
    paths.push(path);
  }
  return paths;
}
