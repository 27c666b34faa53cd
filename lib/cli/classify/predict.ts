import { ConfigError } from '../../util/errors.js';
import { integer, oneOf } from '../../util/fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { columnsOf } from '../task/columns.js';
import { readRows, type TextRow } from '../task/read_rows.js';
import { Classifier, inTurn } from './classifier.js';
import { addClassifierFlags, classifierOptions, pathField } from './options.js';
import { type PredictionOptions, predictionOf } from './predictions.js';

const ownFields = {
  model: pathField('folder of a trained classifier, or a name on the hub'),
  input: pathField('file of texts, or - for standard input'),
  topK: integer().optional().describe('so many labels of each text, best first'),
  onError: oneOf('stop', 'record')
    .default('stop')
    .describe('whether a bad row ends the run, or becomes {"error"} in its place'),
};

/** A line for each row, in order; what is wrong with a bad one in its place. */
async function linesOf(
  classifier: Classifier,
  rows: readonly TextRow[],
  options: PredictionOptions,
  signal: AbortSignal,
): Promise<string> {
  const good = rows.filter(({ error }) => error === undefined);
  const logits = await classifier.logitsOf(good, signal);
  let next = 0;
  const lines = rows.map(({ error }) => {
    const told = error === undefined ? predictionOf(classifier, logits[next++]!, options) : { error };
    return `${JSON.stringify(told)}\n`;
  });
  return lines.join('');
}

async function predict(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = classifierOptions('predict', ownFields, given, ['model', 'input']);
  const [model, input] = [options.model!, options.input!];
  const classifier = await Classifier.open('predict', { ...options, model }, io.signal);
  try {
    if (options.topK !== undefined && classifier.problem === 'regression')
      throw new ConfigError(`predict: --top-k needs a model of classes, got regression in ${model}`);
    const columns = columnsOf('predict', input, options, classifier.task);
    const chunks = readRows('predict', input, { columns, keepsBadRows: options.onError === 'record' }, io);
    for await (const lines of inTurn(chunks, (rows) => linesOf(classifier, rows, options, io.signal))) {
      io.stdout(lines);
      await io.drained();
    }
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
