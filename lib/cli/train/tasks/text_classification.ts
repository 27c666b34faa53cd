import { computeClassWeight } from '../../../data/index.js';
import { standardMetrics } from '../../../metrics/index.js';
import { AutoModelForSequenceClassification, type ProblemType } from '../../../models/index.js';
import { trainWordPiece } from '../../../tokenizers/index.js';
import { ConfigError } from '../../../util/errors.js';
import type { CliIo } from '../../io.js';
import type { TrainSettings } from '../settings.js';
import type { StartingPoint } from '../start_model.js';
import { encodeRows, type LabelledTexts, readLabelledTexts } from './labelled_texts.js';
import { preparedSets } from './read_all.js';
import type { TaskData, TrainTask } from './task.js';

/** Names of the metrics that evaluations give. */
function metricsOf(problem: ProblemType): string[] {
  const metrics = standardMetrics(problem);
  const label = problem === 'multi_label_classification' ? [1, 0] : 0;
  metrics.add({ predictions: [problem === 'regression' ? [0] : [1, 0]], labelIds: [label] });
  return ['loss', ...Object.keys(metrics.compute())];
}

function weightsOf(
  { classWeights }: TrainSettings,
  { problem, names, train }: LabelledTexts,
): readonly number[] | undefined {
  if (classWeights === undefined) return undefined;
  if (names === undefined) throw new ConfigError('train: --class-weights needs classes, got regression');
  if (classWeights === 'balanced') {
    if (problem !== 'single_label_classification')
      throw new ConfigError(`train: --class-weights balanced needs one label a row, got ${problem}`);
    return computeClassWeight(
      'balanced',
      train.map(({ label }) => label as number),
      [...names.keys()],
    );
  }
  if (classWeights.length === names.length) return classWeights;
  throw new ConfigError(
    `train: --class-weights must be one for each of ${names.length} classes, got ${classWeights.length}`,
  );
}

function told({ names, problem }: LabelledTexts): string {
  if (names === undefined) return 'regression';
  const some = problem === 'multi_label_classification' ? 'several of ' : '';
  return `${some}${names.length} classes (${names.slice(0, 8).join(', ')})`;
}

/** Texts, or pairs of texts, with a class, several, or a number. @internal */
export async function readTextClassification(
  where: string,
  settings: TrainSettings,
  point: StartingPoint,
  io: CliIo,
): Promise<TaskData> {
  const data = await readLabelledTexts(where, settings, point, io);
  const { problem, names, train } = data;
  const classWeights = weightsOf(settings, data);
  const { stride = point.task.stride, combination = point.task.combination } = settings;
  return {
    problem,
    names,
    rows: { train: train.length, eval: data.eval?.length },
    told: told(data),
    metrics: metricsOf(problem),
    saved: { ...data.task, stride, combination },
    *texts() {
      for (const { text, textPair } of train) {
        yield text;
        if (textPair !== undefined) yield textPair;
      }
    },
    async parts(context) {
      const { tokenizer, maxLength, signal } = context;
      const encode = (rows: typeof train) => encodeRows(rows, tokenizer, { maxLength, stride }, signal);
      return {
        ...(await preparedSets(data, context, encode)),
        ...(classWeights && { classWeights }),
        // Evaluations are of texts, not of their windows.
        ...(stride !== undefined && { combination: combination ?? 'mean' }),
        computeMetrics: standardMetrics(problem),
      };
    },
  };
}

/** @internal */
export const textClassification: TrainTask = {
  name: 'text-classification',
  head: 'sequenceClassification',
  auto: AutoModelForSequenceClassification,
  adapter: 'SEQ_CLS',
  options: ['problemType', 'labels', 'classWeights', 'labelSeparator', 'stride', 'combination'],
  newTokenizer: trainWordPiece,
  read: readTextClassification,
};
