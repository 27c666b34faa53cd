import { join } from 'node:path';
import { TokenizerError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import { CheckedValue, readByteFile, readJsonFile } from '../checked_file.js';
import { type AddedToken, writeAddedToken } from '../parts/added_token.js';
import type { RoleTokens, TokenizerConfig } from '../tokenizer_config.js';
import { addedTokens } from '../vocab_txt.js';
import { specialToken } from '../wordpiece_json.js';
import { FAMILIES, type Family, type FamilyParts } from './families.js';
import { MODEL, PIECE, readSentencePieceModel, type SentencePieceModel } from './model_proto.js';
import { type Json, template } from './parts_json.js';

const PIECES_PER_CHECK = 1024;
/** Classes that say nothing of the family. */
const GENERIC = /^(PreTrainedTokenizer|TokenizersBackend)/;

/** What such a folder amounts to: a tokenizer.json, and the configuration with what the family adds. @internal */
export interface SentencePieceFolder {
  root: CheckedValue;
  config: TokenizerConfig;
}

function modelTypeOf(config: CheckedValue | undefined): string | undefined {
  return config?.get('model_type').optional((v) => v.string(), undefined);
}

/**
 * The family of a folder: its tokenizer's class says it, else its model's type, else the names of its files.
 * @throws {TokenizerError} The class is of no family here.
 */
async function familyOf(
  folder: string,
  candidates: readonly Family[],
  { tokenizerClass }: TokenizerConfig,
): Promise<Family> {
  const isNamed = tokenizerClass !== undefined && !GENERIC.test(tokenizerClass);
  const type = isNamed ? undefined : modelTypeOf(await readJsonFile(join(folder, 'config.json')));
  const name = tokenizerClass?.replace(/Fast$/, '');
  const own = FAMILIES.find(({ classes, modelTypes }) =>
    isNamed ? classes.includes(name!) : type !== undefined && modelTypes.includes(type),
  );
  if (own !== undefined) return own;
  if (!isNamed) return candidates[0]!;
  const known = [...new Set(FAMILIES.flatMap(({ classes }) => classes))].join(', ');
  throw new TokenizerError(
    `tokenizer: tokenizer_class must be one of ${known} where there is ${candidates[0]!.file} alone, got ${name}`,
    { tokenizerClass },
  );
}

/** All ways to put a piece together of two others, by the piece's id and then by the length of the first part. */
async function mergesOf({ pieces }: SentencePieceModel, pacer: LoopPacer): Promise<[string, string][]> {
  const known = new Set(pieces.map(({ piece }) => piece));
  const merges: [string, string][] = [];
  for (const [i, { piece }] of pieces.entries()) {
    for (let at = 1; at < piece.length; at++) {
      const [left, right] = [piece.slice(0, at), piece.slice(at)];
      if (known.has(left) && known.has(right)) merges.push([left, right]);
    }
    if (i % PIECES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
  }
  return merges;
}

async function modelJson(
  family: Family,
  model: SentencePieceModel,
  { vocabulary, unkId }: FamilyParts,
  pacer: LoopPacer,
): Promise<Json> {
  const wanted = family.isBpe === true ? MODEL.bpe : MODEL.unigram;
  if (model.modelType !== wanted) {
    const kind = family.isBpe === true ? 'BPE' : 'unigram';
    throw new TokenizerError(`${model.file}: must be a ${kind} model for ${family.classes[0]}, got another`, {
      file: model.file,
      modelType: model.modelType,
    });
  }
  if (family.isBpe !== true) return { type: 'Unigram', unk_id: unkId, vocab: vocabulary, byte_fallback: false };
  const vocab = Object.fromEntries(vocabulary.map(([token], id) => [token, id]));
  const options = { dropout: null, unk_token: null, fuse_unk: true, byte_fallback: true, ignore_merges: false };
  return { type: 'BPE', ...options, vocab, merges: await mergesOf(model, pacer) };
}

/** The tokens to look for in texts: those of the files, of roles, of the family, and of the model. */
function addedOf(
  family: Family,
  model: SentencePieceModel,
  { vocabulary, extra }: FamilyParts,
  special: RoleTokens,
  config: TokenizerConfig,
): AddedToken[] {
  const mask = special.mask_token;
  const isWide = family.hasWideMask === true && mask !== undefined;
  const specialFlags = [
    ...config.specialFlags,
    ...config.added.map((token) => ({ ...token, special: true })),
    ...(isWide ? [{ ...specialToken(mask, 0), lstrip: true }] : []),
  ];
  const symbols = model.pieces.filter(({ type }) => type === PIECE.control || type === PIECE.userDefined);
  const further = [
    ...symbols.map(({ piece, type }) => ({ ...specialToken(piece, 0), special: type === PIECE.control })),
    ...extra.map((token) => specialToken(token, 0)),
  ];
  const ids = new Map(vocabulary.map(([token], id) => [token, id]));
  return addedTokens({ ids, end: vocabulary.length }, special, { added: config.added, specialFlags }, further);
}

/**
 * A folder that has a SentencePiece model in place of a tokenizer.json, as Python's transformers (5.18) reads it; undefined
 * when it has none.
 * @throws {TokenizerError} A file breaks a rule, or the tokenizer's class is not known here.
 * @internal
 */
export async function readSentencePieceFolder(
  folder: string,
  config: TokenizerConfig,
): Promise<SentencePieceFolder | undefined> {
  for (const file of new Set(FAMILIES.map((family) => family.file))) {
    const data = await readByteFile(join(folder, file));
    if (data === undefined) continue;
    const pacer = new LoopPacer(file);
    const family = await familyOf(
      folder,
      FAMILIES.filter((f) => f.file === file),
      config,
    );
    const model = await readSentencePieceModel(file, data, pacer);
    const special = { ...family.roles, ...config.special };
    const json = new CheckedValue('tokenizer_config.json', '', config.json);
    const parts = family.build({ model, role: special as Required<RoleTokens>, config: json });
    const added = addedOf(family, model, parts, special, config);
    const idOf = (token: string): number =>
      added.find(({ content }) => content === token)?.id ??
      parts.vocabulary.findIndex(([content]) => content === token);
    const root = {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added.map(writeAddedToken),
      normalizer: parts.normalizer,
      pre_tokenizer: parts.preTokenizer,
      post_processor: template(parts.single, parts.pair, idOf),
      decoder: parts.decoder,
      model: await modelJson(family, model, parts, pacer),
    };
    const tokenizerClass = config.tokenizerClass ?? family.classes[0];
    return { root: new CheckedValue(file, '', root), config: { ...config, special, tokenizerClass } };
  }
  return undefined;
}
