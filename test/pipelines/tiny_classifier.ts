import {
  AutoModelForSequenceClassification,
  BertConfig,
  type PreTrainedTokenizer,
  type SequenceClassifier,
  trainWordPiece,
} from '../../lib/index.js';

/** Texts of several lengths. */
export const TEXTS = [
  'win money now',
  'see you at noon',
  'the cat sat on the mat and looked at the money',
  '',
  'a cheap offer: win win win',
  'lunch?',
];

/** A tokenizer of those texts' words. */
export function newTokenizer(): Promise<PreTrainedTokenizer> {
  return trainWordPiece(TEXTS, { vocabSize: 120, minFrequency: 1 });
}

/** A small model of three classes and 16 positions. */
export function newClassifier(tokenizer: PreTrainedTokenizer, fields: object = {}, device = 'cpu'): SequenceClassifier {
  const sizes = { hiddenSize: 24, numHiddenLayers: 2, numAttentionHeads: 3, intermediateSize: 40 };
  const id2label = { 0: 'ham', 1: 'spam', 2: 'other' };
  const vocabSize = tokenizer.totalVocabSize;
  const limits = { maxPositionEmbeddings: 16, initializerRange: 0.5 };
  const config = new BertConfig({ ...sizes, ...limits, vocabSize, id2label, ...fields });
  return AutoModelForSequenceClassification.fromConfig(config, { seed: 7, device });
}
