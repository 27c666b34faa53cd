import { configure } from '../../tensor/device.js';
import { integer, oneOf, text } from '../../util/fields.js';
import type { Fields } from './fields.js';

/** Where a verb computes. @internal */
export const placeFields = {
  device: text({ min: 1 }).default('auto').describe('auto, cpu, cuda, cuda:1, or cpu:avx2 and the like'),
  threads: integer().optional().describe('compute threads of the CPU; else all cores'),
} satisfies Fields;

/** In what element type a verb computes. @internal */
export const dtypeFields = {
  dtype: oneOf('auto', 'f32', 'bf16', 'f16').default('auto').describe("f32, bf16, f16, or auto: the checkpoint's own"),
} satisfies Fields;

/** Which state of a model of the hub a verb takes. @internal */
export const hubFields = {
  revision: text({ min: 1 }).optional().describe('of a model on the hub: branch, tag or commit; else main'),
} satisfies Fields;

/** Threads as the command line asks for them. @internal */
export function useThreads(threads: number | undefined): void {
  if (threads !== undefined) configure({ threads });
}
