import { TokenizerError } from '../../util/errors.js';
import type { LoopPacer } from '../../util/yield.js';
import { floatOf, protoFields } from './protobuf.js';

/** Kinds of pieces; the numbers are those of sentencepiece_model.proto. @internal */
export const PIECE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Kinds of models, as above. @internal */
export const MODEL = { unigram: 1, bpe: 2 } as const;

/** @internal */
export interface SentencePiece {
  piece: string;
  score: number;
  type: number;
}

/** What a SentencePiece model says, of its training what encoding needs. @internal */
export interface SentencePieceModel {
  file: string;
  pieces: SentencePiece[];
  modelType: number;
  byteFallback: boolean;
  unkId: number;
  /** A space follows a word rather than begins it. */
  isSuffix: boolean;
  charsmap: Uint8Array;
  addsDummyPrefix: boolean;
  removesExtraWhitespaces: boolean;
  escapesWhitespaces: boolean;
}

const MAX_PIECES = 2 ** 21;
const PIECES_PER_CHECK = 4096;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readPiece(file: string, message: Uint8Array, base: number): SentencePiece {
  const out: SentencePiece = { piece: '', score: 0, type: PIECE.normal };
  const fail = (rule: string): never => {
    throw new TokenizerError(`${file}: a piece must ${rule} at byte ${base}`, { file, place: base });
  };
  for (const field of protoFields(file, message, base)) {
    if (field.number === 2) out.score = floatOf(field);
    if (field.number === 3) out.type = field.value;
    if (field.number !== 1) continue;
    try {
      out.piece = utf8.decode(field.bytes);
    } catch {
      fail('be UTF-8');
    }
  }
  if (out.piece === '') fail('not be empty');
  if (!Number.isFinite(out.score)) fail('have a finite score');
  if (out.type < PIECE.normal || out.type > PIECE.byte) fail('be of a known type');
  return out;
}

function readTrainer(model: SentencePieceModel, message: Uint8Array, base: number): void {
  for (const { number, value } of protoFields(model.file, message, base)) {
    if (number === 3) model.modelType = value;
    if (number === 24) model.isSuffix = value !== 0;
    if (number === 35) model.byteFallback = value !== 0;
  }
}

function readNormalizer(model: SentencePieceModel, message: Uint8Array, base: number): void {
  for (const { number, value, bytes } of protoFields(model.file, message, base)) {
    if (number === 2) model.charsmap = bytes;
    if (number === 3) model.addsDummyPrefix = value !== 0;
    if (number === 4) model.removesExtraWhitespaces = value !== 0;
    if (number === 5) model.escapesWhitespaces = value !== 0;
  }
}

/** Also finds the unknown piece: what the training says of it may be of another file. */
function check(model: SentencePieceModel): void {
  const { file, pieces, modelType } = model;
  const refuse = (rule: string, got: unknown): never => {
    throw new TokenizerError(`${file}: must ${rule}, got ${String(got)}`, { file, got });
  };
  if (pieces.length === 0) refuse('have pieces', 0);
  if (modelType !== MODEL.unigram && modelType !== MODEL.bpe) refuse('be a unigram or BPE model', modelType);
  const seen = new Set<string>();
  for (const { piece } of pieces) {
    if (seen.has(piece)) refuse('have each piece once', JSON.stringify(piece.slice(0, 60)));
    seen.add(piece);
  }
  const unknowns = pieces.filter(({ type }) => type === PIECE.unknown).length;
  if (unknowns !== 1) refuse('have one unknown piece', unknowns);
  model.unkId = pieces.findIndex(({ type }) => type === PIECE.unknown);
}

/**
 * Reads a SentencePiece model (github.com/google/sentencepiece, src/sentencepiece_model.proto).
 *
 * @param file Its name, for errors.
 * @throws {TokenizerError} It is cut off, malformed, or contradicts itself.
 * @internal
 */
export async function readSentencePieceModel(
  file: string,
  data: Uint8Array,
  pacer: LoopPacer,
): Promise<SentencePieceModel> {
  const model: SentencePieceModel = {
    ...{ file, pieces: [], modelType: MODEL.unigram, byteFallback: false, unkId: 0, isSuffix: false },
    ...{ charsmap: new Uint8Array(), addsDummyPrefix: true, removesExtraWhitespaces: true, escapesWhitespaces: true },
  };
  for (const { number, bytes, base } of protoFields(file, data)) {
    if (number === 2) readTrainer(model, bytes, base);
    if (number === 3) readNormalizer(model, bytes, base);
    if (number !== 1) continue;
    if (model.pieces.length >= MAX_PIECES) {
      throw new TokenizerError(`${file}: must have at most ${MAX_PIECES} pieces`, { file });
    }
    model.pieces.push(readPiece(file, bytes, base));
    if (model.pieces.length % PIECES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
  }
  check(model);
  return model;
}
