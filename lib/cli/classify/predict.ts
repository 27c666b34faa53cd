import { ConfigError } from '../../util/errors.js';
import { integer } from '../../util/fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { columnsOf } from '../task/columns.js';
import { readRows, type TextRow } from '../task/read_rows.js';
import { lineFields, writeLines } from '../task/write_lines.js';
import { Classifier } from './classifier.js';
import { addClassifierFlags, checkThreshold, classifierOptions, pathField } from './options.js';
import { predictionOf } from './predictions.js';

const ownFields = {
  model: pathField('folder of a trained classifier, or a name on the hub'),
  input: pathField('file of texts, or - for standard input'),
  topK: integer().optional().describe('so many labels of each text, best first'),
  ...lineFields,
};

async function predict(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = classifierOptions('predict', ownFields, given, ['model', 'input']);
  if (options.topK !== undefined && options.threshold !== undefined)
    throw new ConfigError('predict: --top-k and --threshold exclude each other, got both');
  const [model, input] = [options.model!, options.input!];
  const classifier = await Classifier.open('predict', { ...options, model }, io.signal);
  try {
    if (options.topK !== undefined && classifier.problem === 'regression')
      throw new ConfigError(`predict: --top-k needs a model of classes, got regression in ${model}`);
    checkThreshold('predict', options.threshold, classifier);
    const columns = columnsOf('predict', input, options, classifier.task);
    const chunks = readRows('predict', input, { columns, keepsBadRows: options.onError === 'record' }, io);
    const tell = async (rows: readonly TextRow[]) =>
      (await classifier.logitsOf(rows, io.signal)).map((logits) => predictionOf(classifier, logits, options));
    await writeLines(chunks, tell, io);
  } finally {
    classifier.dispose();
  }
}

/**
 * The verb `predict`: a JSON line for each text, streamed, in order.
 * @internal
 */
export const registerPredict: RegisterVerb = (program, io) => {
  const verb = program.command('predict').description('label texts: a JSON line for each, in order');
  addClassifierFlags(verb, ownFields).action((options: Record<string, unknown>) => predict(options, io));
};
