import { COMBINATIONS } from '../../data/batches/combine_windows.js';
import { ANSWER_FIELDS } from '../../pipelines/answers/options.js';
import { HYPOTHESIS } from '../../pipelines/entailment/entailment.js';
import { FEATURE_POOLINGS } from '../../pipelines/feature_extraction.js';
import type { Features, PipelineTaskName } from '../../pipelines/index.js';
import { FUNCTIONS } from '../../pipelines/text_classification.js';
import { AGGREGATIONS } from '../../pipelines/token_classification.js';
import { flag, integer, names, oneOf, text } from '../../util/fields.js';
import type { DataOptions } from '../flags/data_fields.js';
import type { Fields } from '../flags/fields.js';
import { writingFields } from '../generate.js';
import { plainNumbers } from '../task/plain_numbers.js';
import type { TextRow } from '../task/read_rows.js';

/** What `run` needs to know of a pipeline. @internal */
export interface RunTask {
  /** Another name of the task. */
  alias?: PipelineTaskName;
  summary: string;
  /** The options of its calls, as flags. */
  fields: Fields;
  /** An argument of its calls that is none of the options, among the fields; it must be given. */
  argument?: string;
  /** Where a row's texts are, by default in `text` alone. */
  columns?: Pick<DataOptions, 'textColumn' | 'textPairColumn'>;
  /** The input of a row, by default its text. */
  inputOf?(row: TextRow): unknown;
  /** A result as JSON has it. */
  lineOf?(result: never): unknown;
}

const truncation = flag().optional().describe('whether texts are cut to --max-length; else an error (--no-truncation)');
const maxLength = integer().optional().describe("most tokens of a text or a window; else the model's limit");
const stride = integer({ min: 0 }).optional().describe('long texts become windows that share so many tokens');
const topK = (what: string) => integer().optional().describe(what);

const seed = integer({ min: 0 }).optional().describe('of sampling; else a random one');
const language = (what: string) =>
  text({ min: 1 }).optional().describe(`language of ${what}, as the tokenizer names it`);

const pairOf = ({ text: first, textPair }: TextRow): unknown =>
  textPair === undefined ? first : { text: first, textPair };

/** All tasks. @internal */
export const RUN_TASKS: { readonly [Name in Exclude<PipelineTaskName, 'ner' | 'sentiment-analysis'>]: RunTask } = {
  'text-classification': {
    alias: 'sentiment-analysis',
    summary: 'the best label of each text, or with --top-k a list',
    fields: {
      topK: topK('so many labels of each text, best first; else 1'),
      functionToApply: oneOf(...FUNCTIONS).optional(),
      combination: oneOf(...COMBINATIONS)
        .optional()
        .describe("how the logits of a text's windows become one; else mean"),
      ...{ truncation, maxLength, stride },
    },
    inputOf: pairOf,
  },
  'token-classification': {
    alias: 'ner',
    summary: 'the entities of each text',
    fields: {
      aggregationStrategy: oneOf(...AGGREGATIONS).optional(),
      ignoreLabels: names().optional().describe('labels that are left out, with commas between; else O'),
      ...{ truncation, maxLength, stride },
    },
  },
  'question-answering': {
    summary: 'the answer to each question in its context',
    fields: {
      topK: ANSWER_FIELDS.topK.describe('so many answers to each question, best first'),
      maxAnswerLen: ANSWER_FIELDS.maxAnswerLen.describe('most tokens of an answer'),
      handleImpossibleAnswer: ANSWER_FIELDS.handleImpossibleAnswer.describe('whether "no answer" is one'),
      alignToWords: ANSWER_FIELDS.alignToWords.describe('whether answers are whole words'),
      maxLength: maxLength.describe('most tokens of a question with a window of its context; else 384'),
      stride: stride.describe('tokens that such windows share; else 128'),
    },
    columns: { textColumn: 'question', textPairColumn: 'context' },
    inputOf: ({ text: question, textPair: context }) => ({ question, context }),
  },
  'fill-mask': {
    summary: 'words for the masks of each text',
    fields: {
      topK: topK('so many words for each mask, best first; else 5'),
      targets: names().optional().describe('the only words to choose among, with commas between'),
      singleMask: flag().optional().describe('whether a text with several masks is an error'),
      ...{ truncation, maxLength },
    },
  },
  'zero-shot-classification': {
    summary: 'scores of labels that are given, of each text',
    fields: {
      candidateLabels: text({ min: 1, max: 1 << 16 })
        .optional()
        .describe('the labels, with commas between'),
      multiLabel: flag().optional().describe('whether several labels may hold at once'),
      hypothesisTemplate: text({ min: 1 }).optional().describe(`what is asked of each label {}; else "${HYPOTHESIS}"`),
      ...{ truncation, maxLength },
    },
    argument: 'candidateLabels',
  },
  'text-generation': {
    summary: 'what follows each text',
    fields: {
      returnFullText: flag().optional().describe('whether results begin with the text (--no-return-full-text)'),
      ...{ seed, ...writingFields },
    },
  },
  'text2text-generation': { summary: 'what a model writes of each text', fields: { seed, ...writingFields } },
  summarization: { summary: 'a shorter text of each text', fields: { seed, ...writingFields } },
  translation: {
    summary: 'each text in another language',
    fields: { srcLang: language('the texts'), tgtLang: language('the translations'), seed, ...writingFields },
  },
  'feature-extraction': {
    summary: 'the vector of each text, or without pooling those of its tokens',
    fields: {
      pooling: oneOf(...FEATURE_POOLINGS)
        .optional()
        .describe(`${FEATURE_POOLINGS.join(', ')}; else what the folder says`),
      normalize: flag().optional().describe('whether vectors get length 1; else what the folder says, or not'),
      ...{ truncation, maxLength, stride },
    },
    inputOf: pairOf,
    lineOf: (features: Features) => (Array.isArray(features) ? features.map(plainNumbers) : plainNumbers(features)),
  },
};
