import type { Need } from '../hub/resolve.js';
import type { FromPretrainedOptions, PreTrainedModel } from '../models/index.js';
import type { Task } from '../models/registry.js';
import type { PipelineParts } from './base.js';

/** How a task's model loads, and the pipeline around it. @internal */
export interface PipelineTask<Model extends PreTrainedModel, Made, Settings = undefined> {
  /** What its models are for. */
  head: Task;
  loadModel(folder: string, options: FromPretrainedOptions): Promise<Model>;
  /** The files that `readSettings` reads. */
  settingsNeed?: Need;
  /** What else a folder states of the task. */
  readSettings?(folder: string): Promise<Settings>;
  Pipeline: new (parts: PipelineParts<Model>, settings?: Settings) => Made;
}
