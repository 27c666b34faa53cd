import {
  AutoModelForSequenceClassification,
  BertConfig,
  type PreTrainedTokenizer,
  type SequenceClassifier,
  trainWordPiece,
} from 'gridstride';

/** Review-like texts of one to seven clauses. */
export function madeTexts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `review ${i}: ${'a film of some length, '.repeat(1 + (i % 7))}`);
}

/** A classifier of 4 layers of 128, untrained, with a vocabulary of the texts. */
export async function smallClassifier(
  texts: readonly string[],
): Promise<{ model: SequenceClassifier; tokenizer: PreTrainedTokenizer }> {
  const tokenizer = await trainWordPiece(texts, { vocabSize: 2000, minFrequency: 1 });
  const sizes = { hiddenSize: 128, numHiddenLayers: 4, numAttentionHeads: 4, intermediateSize: 512 };
  const config = new BertConfig({ ...sizes, vocabSize: tokenizer.totalVocabSize });
  return { model: AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu' }), tokenizer };
}
