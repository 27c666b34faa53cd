import { AutoModelForSeq2SeqLM, type Seq2SeqLM } from '../../models/index.js';
import type { PipelineTask } from '../loading.js';
import { type Text2TextCall, Text2TextPipeline, type WrittenText } from './text2text.js';

/** A result of `text2text-generation`. */
export interface Text2TextResult {
  generated_text: string;
}

/** A result of `summarization`. */
export interface SummaryResult {
  summary_text: string;
  /** Parts of a text longer than the model, each summed up by itself; absent for one that was not cut. */
  chunks?: number;
}

/** Writes a text from another. Made by `pipeline("text2text-generation", ...)`. */
export class Text2TextGenerationPipeline extends Text2TextPipeline<Text2TextResult> {
  protected override resultOf({ text }: WrittenText): Text2TextResult {
    return { generated_text: text };
  }
}

// oxlint-disable-next-line no-unsafe-declaration-merging -- pipelines are called like functions
export interface Text2TextGenerationPipeline extends Text2TextCall<Text2TextResult> {}

/** Sums texts up; one longer than the model by its sentences. Made by `pipeline("summarization", ...)`. */
export class SummarizationPipeline extends Text2TextPipeline<SummaryResult> {
  protected override get cutsTexts(): boolean {
    return true;
  }

  protected override resultOf({ text, ...chunks }: WrittenText): SummaryResult {
    return { summary_text: text, ...chunks };
  }
}

// oxlint-disable-next-line no-unsafe-declaration-merging -- as above
export interface SummarizationPipeline extends Text2TextCall<SummaryResult> {}

const loadModel: PipelineTask<Seq2SeqLM, unknown>['loadModel'] = (folder, options) =>
  AutoModelForSeq2SeqLM.fromPretrained(folder, options);

/** What `pipeline` needs to know of these tasks. @internal */
export const text2TextGeneration: PipelineTask<Seq2SeqLM, Text2TextGenerationPipeline> = {
  loadModel,
  Pipeline: Text2TextGenerationPipeline,
};

/** @internal */
export const summarization: PipelineTask<Seq2SeqLM, SummarizationPipeline> = {
  loadModel,
  Pipeline: SummarizationPipeline,
};
