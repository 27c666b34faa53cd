import type { FromPretrainedOptions, PreTrainedModel } from '../models/index.js';
import type { PipelineParts } from './base.js';

/** How a task's model loads, and the pipeline around it. @internal */
export interface PipelineTask<Model extends PreTrainedModel, Made> {
  loadModel(folder: string, options: FromPretrainedOptions): Promise<Model>;
  Pipeline: new (parts: PipelineParts<Model>) => Made;
}
