import { AutoModelForMaskedLM } from '../../../models/index.js';
import { trainWordPiece } from '../../../tokenizers/index.js';
import { readTexts } from './language_model.js';
import type { TrainTask } from './task.js';

/** Words hidden in texts. @internal */
export const maskedLM: TrainTask & { mlm: true } = {
  name: 'masked-lm',
  mlm: true,
  head: 'maskedLM',
  auto: AutoModelForMaskedLM,
  options: ['lineByLine', 'wholeWordMask', 'mlmProbability'],
  // A row of the vocabulary for each token is read for nothing but the loss.
  arguments: () => ({ predictionLossOnly: true }),
  needsTokenIds: true,
  newTokenizer: trainWordPiece,
  read: (...of) => readTexts(maskedLM, ...of),
};
