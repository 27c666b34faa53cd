import { AutoModelForTokenClassification, type ModelInputs, type TokenClassifier } from '../models/index.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import { type ComputedRow, type Job, Pipeline } from './base.js';
import { type EntityGroup, groupEntities, mergeOverlaps, type TokenEntity } from './entities/groups.js';
import { bestClass, tokensOf, type WordStrategy, wordsOf } from './entities/tokens.js';
import type { PipelineTask } from './loading.js';
import { CALL_OPTIONS, type CallOptions } from './options.js';
import { checkPlainText, type Inputs } from './texts/text_input.js';

/**
 * How tokens become entities: not at all, neighbours of one class together (`simple`), or first the tokens of each word,
 * which gets the class of its first token, of the mean of their scores, or of the surest one.
 */
export type AggregationStrategy = 'none' | 'simple' | WordStrategy;

/** Options of a call of a {@link TokenClassificationPipeline}. */
export interface TokenClassificationPipelineOptions extends CallOptions {
  /** `none` by default. With `stride`, spans of several windows that overlap become one, which needs another. */
  aggregationStrategy?: AggregationStrategy | undefined;
  /** Classes, or entities without `B-` and `I-`, that are left out; `O` by default. */
  ignoreLabels?: readonly string[] | undefined;
}

/** What is found in a text: its tokens, or entities where they are put together. */
export type Entities = TokenEntity[] | EntityGroup[];

/** @internal */
export const AGGREGATIONS = ['none', 'simple', 'first', 'average', 'max'] as const;
const OPTION_NAMES = [...CALL_OPTIONS, 'aggregationStrategy', 'ignoreLabels'];

/** Finds entities in texts, a class for each token. Made by `pipeline("token-classification", ...)`, or `"ner"`. */
export class TokenClassificationPipeline extends Pipeline<TokenClassifier> {
  protected override call_(inputs: Inputs<string>, options: TokenClassificationPipelineOptions = {}): unknown {
    return this.run(inputs, options, () => this.#jobOf(options));
  }

  protected override forward(inputs: ModelInputs) {
    return { logits: this.model.forward({ ...inputs, returns: ['logits'] }).logits };
  }

  #jobOf(options: TokenClassificationPipelineOptions): Job<string, Entities> {
    const where = this.task;
    checkOptionNames(where, options, OPTION_NAMES);
    const { aggregationStrategy = 'none', ignoreLabels = ['O'], stride, signal } = options;
    if (!AGGREGATIONS.includes(aggregationStrategy)) {
      const rule = `aggregationStrategy must be one of ${AGGREGATIONS.join(', ')}`;
      throw new ConfigError(`${where}: ${rule}, got ${String(aggregationStrategy)}`, { aggregationStrategy });
    }
    if (!Array.isArray(ignoreLabels) || !ignoreLabels.every((label) => typeof label === 'string'))
      throw new ConfigError(`${where}: ignoreLabels must be a list of names, got ${String(ignoreLabels)}`, {
        ignoreLabels,
      });
    if (stride !== undefined && aggregationStrategy === 'none')
      throw new ConfigError(`${where}: stride needs an aggregationStrategy, got none`, { stride });
    const ignored = new Set<string>(ignoreLabels);
    const resultOf = async (rows: readonly ComputedRow[], text: string): Promise<Entities> => {
      const pacer = new LoopPacer(where, { signal });
      const found: (TokenEntity | EntityGroup)[] = [];
      for (const row of rows) {
        for (const each of this.#entitiesOf(row, text, aggregationStrategy))
          if (!ignored.has('entity' in each ? each.entity : each.entity_group)) found.push(each);
        if (pacer.isDue()) await pacer.pause();
      }
      return rows.length > 1 ? mergeOverlaps(found as EntityGroup[]) : (found as Entities);
    };
    return {
      check: (input, place) => checkPlainText(where, input, place),
      textsOf: (text) => [{ text }],
      needs: { offsets: true },
      resultOf,
    };
  }

  #entitiesOf(row: ComputedRow, text: string, strategy: AggregationStrategy): readonly (TokenEntity | EntityGroup)[] {
    const { id2label } = this.model.config;
    const tokens = tokensOf(row, text, this.tokenizer);
    const isOfWords = strategy !== 'none' && strategy !== 'simple';
    const parts = isOfWords ? wordsOf(tokens, strategy, this.tokenizer) : tokens;
    const entities = parts.map(({ scores, index, word, start, end }): TokenEntity => {
      const best = bestClass(scores);
      return { entity: id2label[best]!, score: scores[best]!, index, word, start, end };
    });
    return strategy === 'none' ? entities : groupEntities(entities, this.tokenizer);
  }
}

type Grouped = TokenClassificationPipelineOptions & { aggregationStrategy: Exclude<AggregationStrategy, 'none'> };
type Ungrouped = TokenClassificationPipelineOptions & { aggregationStrategy?: 'none' | undefined };
type Stream = AsyncIterable<string> | Iterable<string>;

/**
 * Calling a {@link TokenClassificationPipeline}: a text gives the tokens or entities that are found in it, in their order;
 * a list gives those of each. A stream of texts, anything that can be iterated, gives a stream of the same.
 */
export interface TokenClassificationPipeline {
  (input: string, options: Grouped): Promise<EntityGroup[]>;
  (inputs: readonly string[], options: Grouped): Promise<EntityGroup[][]>;
  (input: string, options?: Ungrouped): Promise<TokenEntity[]>;
  (inputs: readonly string[], options?: Ungrouped): Promise<TokenEntity[][]>;
  (input: string, options?: TokenClassificationPipelineOptions): Promise<Entities>;
  (inputs: readonly string[], options?: TokenClassificationPipelineOptions): Promise<Entities[]>;
  (inputs: Stream, options: Grouped): AsyncGenerator<EntityGroup[], void, undefined>;
  (inputs: Stream, options?: Ungrouped): AsyncGenerator<TokenEntity[], void, undefined>;
  (inputs: Stream, options?: TokenClassificationPipelineOptions): AsyncGenerator<Entities, void, undefined>;
}

/** What `pipeline` needs to know of this task. @internal */
export const tokenClassification: PipelineTask<TokenClassifier, TokenClassificationPipeline> = {
  head: 'tokenClassification',
  loadModel: (folder, options) => AutoModelForTokenClassification.fromPretrained(folder, options),
  Pipeline: TokenClassificationPipeline,
};
