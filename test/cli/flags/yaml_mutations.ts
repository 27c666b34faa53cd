import { settingsOf } from '../../../lib/cli/flags/config_file.js';
import { trainingFields } from '../../../lib/cli/flags/training_fields.js';
import { parseYaml } from '../../../lib/cli/flags/yaml_file.js';
import { ConfigError } from '../../../lib/util/errors.js';
import { mutated } from '../../mutate.js';

/** Real files of every style of YAML. */
const SEEDS = [
  'num_train_epochs: 3\nlearning_rate: 2e-5\nreport_to: [console, jsonl]\nlr_scheduler_kwargs: {numCycles: 2}\n',
  '%YAML 1.2\n---\n# a comment\nseed: &seed 42\ndata_seed: *seed\noutput_dir: "out\\u00e9"\n...\n',
  "optim: 'adamw_torch'\ncompile:\n  buckets:\n  - batch: 8\n    tokens: 512\n    maxLength: 64\nbf16: true\n",
  'output_dir: |\n  several\n  lines\nmetric_for_best_model: >-\n  folded\n  text\n? seed\n: !!int "7"\n',
].map((text) => new TextEncoder().encode(text));

/** Whether a value is made of plain data alone: nothing that could be called, no class. */
function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return true;
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === Array.prototype) && Object.values(value).every(isPlain);
}

/** Reads mutated files; whatever is neither plain settings nor a {@link ConfigError} is thrown on, with its number. */
export function readYamlMutations(count: number, first = 0): { read: number; refused: number; slowest: number } {
  const counts = { read: 0, refused: 0, slowest: 0 };
  for (let number = first; number < first + count; number++) {
    const text = mutated(SEEDS[number % SEEDS.length]!, 5, number).toString('utf8');
    const start = performance.now();
    try {
      const file = parseYaml('mutated.yaml', text);
      if (!isPlain(file.value)) throw new Error(`not plain: ${text}`);
      settingsOf(file, trainingFields);
      counts.read += 1;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw new Error(`mutation ${number}`, { cause: error });
      counts.refused += 1;
    }
    counts.slowest = Math.max(counts.slowest, performance.now() - start);
  }
  return counts;
}
