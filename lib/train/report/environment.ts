import { devices } from '../../tensor/device.js';
import { collectMachine, collectVersions } from '../../util/machine.js';
import { formatBytes } from '../../util/process_memory.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';

/** Where and with what a run took place, by what people call it. @internal */
export async function describeEnvironment(args: TrainingArguments, device: string): Promise<Record<string, string>> {
  const { gridstride, node } = collectVersions();
  const { cpu, isa, cores, memoryBytes, kernel } = await collectMachine();
  const found = devices().find(({ id }) => id === device);
  const engine = devices()[0]!;
  const sixteen = args.bf16 ? 'bf16' : 'f16';
  return {
    gridstride,
    node,
    device: found === undefined || found.kind === 'cpu' ? device : `${device} (${found.name})`,
    dtype: args.bf16 || args.fp16 ? `${sixteen} passes over f32 weights` : 'f32',
    'instruction set': engine.name,
    threads: String(engine.threads),
    processor: `${cpu}, ${cores} cores`,
    'vector sets': isa.join(' ') || 'none known',
    memory: formatBytes(memoryBytes),
    system: `Linux ${kernel}`,
  };
}
