import { AutoModelForQuestionAnswering, type ModelInputs, type QuestionAnswering } from '../models/index.js';
import { DataError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import { type Answer, chooseAnswers } from './answers/choose.js';
import {
  answerRules,
  checkQuestion,
  type QuestionAnsweringPipelineOptions,
  type QuestionContext,
} from './answers/options.js';
import { type Job, Pipeline } from './base.js';
import type { PipelineTask } from './loading.js';
import { longestRow } from './options.js';
import type { Inputs } from './texts/text_input.js';

const WINDOW_TOKENS = 384;
const SHARED_TOKENS = 128;

type Questions = string | readonly string[];

/** Inputs of a call with questions and contexts apart. */
function paired(where: string, questions: Questions, contexts: Questions): QuestionContext | QuestionContext[] {
  if (typeof questions === 'string' && typeof contexts === 'string') return { question: questions, context: contexts };
  const count = Array.isArray(questions) ? questions.length : contexts.length;
  if (Array.isArray(questions) && Array.isArray(contexts) && contexts.length !== count) {
    const got = `${count} and ${contexts.length}`;
    throw new DataError(`${where}: there must be a context for each question, got ${got}`);
  }
  const at = (texts: Questions, i: number): string => (typeof texts === 'string' ? texts : texts[i]!);
  return Array.from({ length: count }, (_, i) => ({ question: at(questions, i), context: at(contexts, i) }));
}

/** Finds answers to questions in texts. Made by `pipeline("question-answering", ...)`. */
export class QuestionAnsweringPipeline extends Pipeline<QuestionAnswering> {
  protected override call_(
    first: Questions | Inputs<QuestionContext>,
    second?: Questions | QuestionAnsweringPipelineOptions,
    third?: QuestionAnsweringPipelineOptions,
  ): unknown {
    const areApart = typeof second === 'string' || Array.isArray(second);
    if (!areApart)
      return this.#answer(() => first as Inputs<QuestionContext>, second as QuestionAnsweringPipelineOptions);
    return this.#answer(() => paired(this.task, first as Questions, second as Questions), third);
  }

  protected override forward(inputs: ModelInputs) {
    const { startLogits, endLogits } = this.model.forward({ ...inputs, returns: ['startLogits', 'endLogits'] });
    return { startLogits, endLogits };
  }

  #answer(inputsOf: () => Inputs<QuestionContext>, options: QuestionAnsweringPipelineOptions = {}): unknown {
    let inputs: Inputs<QuestionContext>;
    try {
      inputs = inputsOf();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const { maxLength = Math.min(longestRow(this), WINDOW_TOKENS) } = options ?? {};
    const stride = options?.stride ?? Math.min(Math.floor(maxLength / 2), SHARED_TOKENS);
    return this.run(inputs, { signal: options?.signal, maxLength, stride }, () => this.#jobOf(options));
  }

  #jobOf(options: QuestionAnsweringPipelineOptions): Job<QuestionContext, Answer | Answer[]> {
    const where = this.task;
    const rules = answerRules(where, options);
    const { tokenizer } = this;
    return {
      check: (input, place) => checkQuestion(where, input, place),
      textsOf: ({ question, context }) => [{ text: question, textPair: context }],
      needs: { offsets: true, words: rules.alignToWords },
      resultOf: async (rows, input) => {
        const pacer = new LoopPacer(where, { signal: options.signal });
        const answers = await chooseAnswers(rows, input, rules, { where, tokenizer, pacer });
        return rules.topK === 1 ? answers[0]! : answers;
      },
    };
  }
}

type Best = QuestionAnsweringPipelineOptions & { topK?: 1 | undefined };
type Several<Each> = AsyncGenerator<Each, void, undefined>;
type Stream = AsyncIterable<QuestionContext> | Iterable<QuestionContext>;

/**
 * Calling a {@link QuestionAnsweringPipeline}: a question with its context gives the best answer, or with `topK` other than
 * 1 a list of the best; a list of questions, with one context or one each, a list of these. A stream of `{ question,
 * context }`, anything that can be iterated, gives a stream of the same in their order.
 */
export interface QuestionAnsweringPipeline {
  (question: string, context: string, options?: Best): Promise<Answer>;
  (question: string, context: string, options: QuestionAnsweringPipelineOptions): Promise<Answer | Answer[]>;
  (questions: readonly string[], contexts: Questions, options?: Best): Promise<Answer[]>;
  (
    questions: readonly string[],
    contexts: Questions,
    options: QuestionAnsweringPipelineOptions,
  ): Promise<Answer[] | Answer[][]>;
  (input: QuestionContext, options?: Best): Promise<Answer>;
  (input: QuestionContext, options: QuestionAnsweringPipelineOptions): Promise<Answer | Answer[]>;
  (inputs: readonly QuestionContext[], options?: Best): Promise<Answer[]>;
  (inputs: readonly QuestionContext[], options: QuestionAnsweringPipelineOptions): Promise<Answer[] | Answer[][]>;
  (inputs: Stream, options?: Best): Several<Answer>;
  (inputs: Stream, options: QuestionAnsweringPipelineOptions): Several<Answer | Answer[]>;
}

/** What `pipeline` needs to know of this task. @internal */
export const questionAnswering: PipelineTask<QuestionAnswering, QuestionAnsweringPipeline> = {
  head: 'questionAnswering',
  loadModel: (folder, options) => AutoModelForQuestionAnswering.fromPretrained(folder, options),
  Pipeline: QuestionAnsweringPipeline,
};
