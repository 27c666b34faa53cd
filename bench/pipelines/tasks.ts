import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  AutoModelForMaskedLM,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  AutoTokenizer,
  type FromPretrainedOptions,
  type PreTrainedModel,
} from 'gridstride';
import { packageRoot } from '../../lib/util/package_info.js';
import { GRAPHS } from '../peers/graphs.js';

/** A task that is timed: whose classes, and what graphs give. */
export interface TimedTask {
  readonly name: string;
  readonly auto: string;
  readonly outputs: readonly string[];
  readonly load: (folder: string, options: FromPretrainedOptions) => Promise<PreTrainedModel>;
  /** Labels of its new head. */
  readonly labels?: readonly string[];
}

/** All tasks, one entry each. */
export const TIMED_TASKS: readonly TimedTask[] = [
  {
    name: 'token-classification',
    auto: 'AutoModelForTokenClassification',
    outputs: ['logits'],
    load: (folder, options) => AutoModelForTokenClassification.fromPretrained(folder, options),
    labels: ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC', 'B-ORG', 'I-ORG', 'B-MISC', 'I-MISC'],
  },
  {
    name: 'question-answering',
    auto: 'AutoModelForQuestionAnswering',
    outputs: ['start_logits', 'end_logits'],
    load: (folder, options) => AutoModelForQuestionAnswering.fromPretrained(folder, options),
  },
  {
    name: 'fill-mask',
    auto: 'AutoModelForMaskedLM',
    outputs: ['logits'],
    load: (folder, options) => AutoModelForMaskedLM.fromPretrained(folder, options),
  },
  {
    name: 'zero-shot-classification',
    auto: 'AutoModelForSequenceClassification',
    outputs: ['logits'],
    load: (folder, options) => AutoModelForSequenceClassification.fromPretrained(folder, options),
    labels: ['contradiction', 'neutral', 'entailment'],
  },
];

/** A folder of a task's model, an encoder with a new head, unless the cache has it: what is timed needs no training. */
export async function modelFolder({ name, load, labels }: TimedTask, encoder: string, cache: string): Promise<string> {
  const folder = path.join(cache, name);
  if (existsSync(path.join(folder, 'model.safetensors'))) return folder;
  const named = labels === undefined ? {} : { id2label: { ...labels } };
  const model = await load(encoder, { seed: 1, device: 'cpu', dtype: 'f32', ...named });
  try {
    await (await AutoTokenizer.fromPretrained(encoder)).savePretrained(folder);
    await model.savePretrained(folder);
  } finally {
    model.dispose();
  }
  return folder;
}

/** Folders as transformers.js takes them, one a form of the graph. @throws where Python or a package is missing */
export async function graphFolders({ auto, outputs }: TimedTask, folder: string, python: string): Promise<string[]> {
  const graphs = path.join(folder, 'graphs');
  if (!existsSync(path.join(graphs, 'optimized.onnx'))) {
    const script = path.join(packageRoot(), 'bench', 'pipelines', 'export_heads.py');
    const flags = ['--model', folder, '--auto', auto, '--outputs', outputs.join(), '--out', graphs];
    await promisify(execFile)(python, [script, ...flags]);
  }
  return Promise.all(
    GRAPHS.map(async (form) => {
      const made = path.join(folder, `transformers_js_${form}`);
      await mkdir(path.join(made, 'onnx'), { recursive: true });
      for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
        await copyFile(path.join(folder, file), path.join(made, file));
      const graph = path.join(made, 'onnx', 'model.onnx');
      await rm(graph, { force: true });
      await symlink(path.resolve(graphs, `${form}.onnx`), graph);
      return made;
    }),
  );
}
