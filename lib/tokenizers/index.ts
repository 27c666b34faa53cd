export { AutoTokenizer, type TokenizerOptions } from './auto_tokenizer.js';
export type { ChatMessage, ChatTemplateOptions } from './chat/chat_template.js';
export { PreTrainedTokenizer } from './tokenizer.js';
export { trainByteLevelBpe, type ByteLevelBpeTrainerOptions } from './train_byte_bpe.js';
export type { VocabularyTrainerOptions } from './vocabulary_trainer.js';
export { trainWordPiece, type WordPieceTrainerOptions } from './train_wordpiece.js';
export type {
  BatchEncodeOptions,
  BatchEncoding,
  DecodeOptions,
  EncodeOptions,
  Encoding,
  PaddingStrategy,
  TruncationStrategy,
  TypedBatchEncoding,
} from './encoding.js';
export { chunkSentences, type ChunkOptions, type TextChunk } from './sentences/chunk_sentences.js';
export { type SentenceOptions, splitSentences } from './sentences/split_sentences.js';
export type { TextSpan } from './sentences/segments.js';
