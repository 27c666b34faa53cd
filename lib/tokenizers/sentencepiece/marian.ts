import { join } from 'node:path';
import { LoopPacer } from '../../util/yield.js';
import { CheckedValue, readByteFile, readJsonFile } from '../checked_file.js';
import { checkSize, type NativeFile } from '../native_file.js';
import type { AddedToken } from '../parts/added_token.js';
import type { Decoder } from '../parts/decoder.js';
import { NO_NORMALIZER, type SentencePieceStep } from '../parts/normalizer.js';
import { PLAIN_SPLITTER } from '../parts/splitter.js';
import { PART } from '../parts/templates.js';
import { UNK_PENALTY, type UnigramModel } from '../parts/unigram.js';
import type { RoleTokens, TokenizerConfig } from '../tokenizer_config.js';
import { readVocabularyObject, type TokenizerFile } from '../tokenizer_file.js';
import { addedTokens } from '../vocab_txt.js';
import { MODEL, PIECE, readSentencePieceModel, type SentencePieceModel } from './model_proto.js';
import { SPACE_MARK } from './parts_json.js';

const ROLES: RoleTokens = { unk_token: '<unk>', eos_token: '</s>', pad_token: '<pad>' };
/** What the maximum of no scores is: the least positive float. */
const LEAST_FLOAT = 2 ** -126;

/** A Marian tokenizer: one side for texts, one for their translations. @internal */
export interface MarianFolder {
  config: TokenizerConfig;
  source: TokenizerFile;
  target: TokenizerFile;
}

/** SentencePiece's normaliser, as a model sets it. */
function normalizerOf(model: SentencePieceModel): SentencePieceStep {
  const { charsmap, addsDummyPrefix, removesExtraWhitespaces, escapesWhitespaces, isSuffix, pieces } = model;
  const symbols = pieces.filter(({ type }) => type === PIECE.userDefined).map(({ piece }) => piece);
  const options = { charsmap, addsDummyPrefix, removesExtraWhitespaces, escapesWhitespaces, isSuffix, symbols };
  return { type: 'SentencePiece', ...options };
}

/**
 * The model's pieces with the ids of another vocabulary; what the model lacks is there as no piece, for unknown text may
 * turn out to be it. Scores are those of SentencePiece, in single precision.
 */
function unigramOf(
  { pieces, byteFallback }: SentencePieceModel,
  vocabulary: ReadonlyMap<string, number>,
  unkId: number,
): { tokens: Map<string, number>; model: UnigramModel } {
  const isPiece = (type: number): boolean => type === PIECE.normal || type === PIECE.userDefined;
  const own = pieces.filter(({ type }) => isPiece(type));
  const scores = own.filter(({ type }) => type === PIECE.normal).map(({ score }) => score);
  const least = scores.reduce((min, score) => Math.min(min, score), Infinity);
  const most = scores.reduce((max, score) => Math.max(max, score), LEAST_FLOAT);
  const tokens = new Map(own.map(({ piece }) => [piece, vocabulary.get(piece) ?? unkId]));
  for (const [token, id] of vocabulary) if (!tokens.has(token)) tokens.set(token, id);
  const all = new Float64Array(tokens.size).fill(Number.NaN);
  const symbols: number[] = [];
  for (const [i, { piece, score, type }] of own.entries()) {
    const isSymbol = type === PIECE.userDefined;
    all[i] = isSymbol ? Math.fround(Buffer.byteLength(piece) * most) - 0.1 : score;
    if (isSymbol) symbols.push(i);
  }
  const unkScore = Math.fround((scores.length > 0 ? least : 0) - UNK_PENALTY);
  return {
    tokens,
    model: {
      ...{ type: 'Unigram', scores: all, symbols: Uint32Array.from(symbols), unkId, unkScore },
      ...{ byteFallback, isSingle: true },
    },
  };
}

/** Pieces between special tokens; a space follows each of the latter. */
function marianDecoder(special: ReadonlySet<string>): Decoder {
  return (tokens) => {
    let [text, run] = ['', ''];
    for (const token of tokens) {
      if (special.has(token)) {
        text += `${run}${token} `;
        run = '';
      } else {
        run += run === '' && token.startsWith(SPACE_MARK) ? token.slice(1) : token;
      }
    }
    return [(text + run).replaceAll(SPACE_MARK, ' ').trim()];
  };
}

interface Side {
  model: SentencePieceModel;
  vocabulary: Map<string, number>;
  vocabularyFile: string;
  added: readonly AddedToken[];
  roles: RoleTokens;
  files: ReadonlyMap<string, Uint8Array>;
}

function sideOf({ model, vocabulary, vocabularyFile, added, roles, files }: Side): TokenizerFile {
  const missing = new CheckedValue(vocabularyFile, '', undefined);
  const unkId = vocabulary.get(roles.unk_token!) ?? missing.fail(`must have ${roles.unk_token!}`);
  const eosId = added.find(({ content }) => content === roles.eos_token)!.id;
  const { tokens: entries, model: unigram } = unigramOf(model, vocabulary, unkId);
  checkSize(missing, entries.keys());
  const tokens: string[] = [];
  for (const [token, id] of vocabulary) tokens[id] = token;
  for (const { content, id } of added) tokens[id] = content;
  const native: NativeFile = {
    normalizer: { ...NO_NORMALIZER, steps: [normalizerOf(model)] },
    split: PLAIN_SPLITTER,
    model: unigram,
    added,
    decoder: marianDecoder(new Set(added.filter(({ special }) => special).map(({ content }) => content))),
    languageCodes: true,
    single: Int32Array.of(PART.first, 0, 0, PART.special, 0, eosId),
    pair: Int32Array.of(PART.first, 0, 0, PART.second, 0, 0, PART.special, 0, eosId),
    trimOffsets: false,
    trimAfterPrefix: false,
  };
  return { json: {}, files, vocabulary, entries, added: [...added], tokens, native };
}

async function readModel(folder: string, file: string, files: Map<string, Uint8Array>): Promise<SentencePieceModel> {
  const data = await readByteFile(join(folder, file));
  if (data === undefined) return new CheckedValue(file, '', undefined).fail('must be there');
  files.set(file, data);
  const model = await readSentencePieceModel(file, data, new LoopPacer(file));
  if (model.modelType !== MODEL.unigram) new CheckedValue(file, '', 'another').fail('must be a unigram model');
  return model;
}

async function readVocabulary(folder: string, file: string, files: Map<string, Uint8Array>): Promise<Map<string, number>> {
  const json = await readJsonFile(join(folder, file));
  if (json === undefined) return new CheckedValue(file, '', undefined).fail('must be there');
  files.set(file, Buffer.from(JSON.stringify(json.value, null, 2)));
  return readVocabularyObject(json);
}

/**
 * A folder of Marian: source.spm, target.spm and vocab.json, with target_vocab.json where the sides have vocabularies of
 * their own. Undefined when it is none.
 * @throws {TokenizerError} A file is missing or breaks a rule.
 * @internal
 */
export async function readMarianFolder(folder: string, given: TokenizerConfig): Promise<MarianFolder | undefined> {
  if ((await readByteFile(join(folder, 'source.spm'))) === undefined) return undefined;
  const files = new Map<string, Uint8Array>();
  const [source, target] = [await readModel(folder, 'source.spm', files), await readModel(folder, 'target.spm', files)];
  const json = new CheckedValue('tokenizer_config.json', '', given.json);
  const isSeparate = json.get('separate_vocabs').optional((v) => v.boolean(), false);
  const vocabulary = await readVocabulary(folder, 'vocab.json', files);
  const targetFile = isSeparate ? 'target_vocab.json' : 'vocab.json';
  const targets = isSeparate ? await readVocabulary(folder, targetFile, files) : vocabulary;
  const roles: RoleTokens = { ...ROLES, ...given.special };
  const added = addedTokens({ ids: vocabulary, end: vocabulary.size }, roles, given);
  const shared = { added, roles, files };
  const modelMaxLength = given.modelMaxLength ?? (json.get('model_max_length').isAbsent ? 512 : undefined);
  const config = { ...given, special: roles, modelMaxLength, tokenizerClass: given.tokenizerClass ?? 'MarianTokenizer' };
  return {
    config,
    source: sideOf({ ...shared, model: source, vocabulary, vocabularyFile: 'vocab.json' }),
    target: sideOf({ ...shared, model: target, vocabulary: targets, vocabularyFile: targetFile }),
  };
}
