import { AutoModelForSeq2SeqLM, type Seq2SeqLM } from '../../models/index.js';
import { ConfigError } from '../../util/errors.js';
import type { PipelineTask } from '../loading.js';
import type { GenerationCallOptions } from './base.js';
import { type Text2TextCall, Text2TextPipeline, type WrittenText } from './text2text.js';

/** A result of `translation`. */
export interface TranslationResult {
  translation_text: string;
  /** Parts of a text longer than the model, each translated by itself; absent for one that was not cut. */
  chunks?: number;
}

/** Options of a call of a {@link TranslationPipeline}. */
export interface TranslationOptions extends GenerationCallOptions {
  /** Languages of the texts and of the translations, for models that are told: `en_XX` for mBART, `en` for T5. */
  srcLang?: string | undefined;
  tgtLang?: string | undefined;
}

/** Translates texts; one longer than the model by its sentences. Made by `pipeline("translation", ...)`. */
export class TranslationPipeline extends Text2TextPipeline<TranslationResult> {
  protected override get cutsTexts(): boolean {
    return true;
  }

  protected override resultOf({ text, ...chunks }: WrittenText): TranslationResult {
    return { translation_text: text, ...chunks };
  }

  protected override settle({ srcLang, tgtLang, ...options }: TranslationOptions) {
    const { task, tokenizer } = this;
    if (tokenizer.srcLang !== undefined) {
      const target = tgtLang ?? tokenizer.tgtLang;
      const forced = target === undefined ? {} : { forcedBosTokenId: this.#idOf(target) };
      return { options: { ...forced, ...options }, prefix: '' };
    }
    const prefix = this.prefixOf(srcLang && tgtLang ? `translation_${srcLang}_to_${tgtLang}` : task);
    if ((srcLang !== undefined || tgtLang !== undefined) && prefix === '')
      throw new ConfigError(
        `${task}: the model must know languages, got ${srcLang} and ${tgtLang} for one that does not`,
        {
          srcLang,
          tgtLang,
        },
      );
    return { options, prefix };
  }

  protected override async encode(text: string, options: TranslationOptions): Promise<number[]> {
    const { tokenizer } = this;
    const { srcLang } = options;
    if (srcLang === undefined || tokenizer.srcLang === undefined) return super.encode(text, options);
    // What is to be encoded is settled before the first wait: other calls never see this language.
    const before = tokenizer.srcLang;
    tokenizer.srcLang = srcLang;
    try {
      return super.encode(text, options);
    } finally {
      tokenizer.srcLang = before;
    }
  }

  /** The id of a language. @throws TokenizerError for one that the model does not know */
  #idOf(language: string): number {
    const { tokenizer } = this;
    const before = tokenizer.tgtLang;
    tokenizer.tgtLang = language;
    tokenizer.tgtLang = before;
    return tokenizer.convertTokensToIds(language);
  }
}

// oxlint-disable-next-line no-unsafe-declaration-merging -- pipelines are called like functions
export interface TranslationPipeline extends Text2TextCall<TranslationResult, TranslationOptions> {}

/** What `pipeline` needs to know of this task. @internal */
export const translation: PipelineTask<Seq2SeqLM, TranslationPipeline> = {
  loadModel: (folder, options) => AutoModelForSeq2SeqLM.fromPretrained(folder, options),
  Pipeline: TranslationPipeline,
};
