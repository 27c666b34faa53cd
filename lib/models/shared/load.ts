import { PlaceholderInit, type ParameterInit } from '../../nn/init.js';
import { checkEntryShape, listNames, type StateEntry, transposedView } from '../../nn/state_dict.js';
import { type DType, isFloating } from '../../tensor/dtype.js';
import { callOne, keep, type Tensor, tidy } from '../../tensor/tensor.js';
import { CheckpointError } from '../../util/errors.js';
import type { LoadReport, PreTrainedModel } from './pretrained.js';

/** Buffers that old checkpoints carry and no model needs. */
const BUFFERS = /(^|\.)(position_ids|token_type_ids)$/;

/** Names of the first BERT checkpoints. */
function modernName(name: string): string {
  return name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
}

/** A checkpoint's tensors under today's names, without buffers. */
function modernNames(tensors: ReadonlyMap<string, Tensor>, buffers: RegExp | undefined): Map<string, Tensor> {
  const modern = new Map<string, Tensor>();
  for (const [name, tensor] of tensors)
    if (!BUFFERS.test(name) && buffers?.test(name) !== true) modern.set(modernName(name), tensor);
  return modern;
}

/** Names of tensors with others under which checkpoints may hold them. @internal */
export type KeyAliases = Readonly<Record<string, string | readonly string[]>>;

/** Where to look for a tensor: with and without the base model's prefix, and under other names. */
function findName(
  name: string,
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
  aliases: KeyAliases,
): string | undefined {
  const bare = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : undefined;
  const others = [aliases[name] ?? [], aliases[`${prefix}.${name}`] ?? []].flat(2);
  const candidates = [name, bare, `${prefix}.${name}`, ...others];
  return candidates.find((candidate) => candidate !== undefined && tensors.has(candidate));
}

/** What decides which tensors may be missing. @internal */
export interface LoadRules {
  /** Name of the encoder in checkpoints of models with heads. */
  prefix: string;
  /** The family's buffers that its models do not need. */
  buffers: RegExp | undefined;
  /** Whether the caller changed the number of labels: a head of another size is then replaced. */
  labelsChanged: boolean;
  /** Makes what is missing. */
  init: ParameterInit;
  dtype: DType;
}

/** Entries of one parameter, each with its tensor; none for those to be made anew. */
interface Match {
  entry: StateEntry;
  tensor: Tensor | undefined;
}

function isSameShape(entry: StateEntry, tensor: Tensor): boolean {
  try {
    checkEntryShape('', entry, tensor);
    return true;
  } catch {
    return false;
  }
}

function checkShape(where: string, entry: StateEntry, tensor: Tensor): void {
  try {
    checkEntryShape(where, entry, tensor);
  } catch (cause) {
    const fields = { name: entry.name, shape: tensor.shape };
    throw new CheckpointError((cause as Error).message, fields, { cause });
  }
}

/** Puts the tensors of one parameter in its place: as they are where they fit, else joined and cast. */
function fill(matches: readonly Match[], placeholders: PlaceholderInit, { init, dtype }: LoadRules): void {
  const { parameter, replace, isTransposed } = matches[0]!.entry;
  const tensors = matches.flatMap(({ tensor }) => (tensor === undefined ? [] : [tensor]));
  const value = tidy(() => {
    if (tensors.length === 0) return placeholders.materialize(parameter, init);
    const turned = isTransposed === true ? tensors.map(transposedCopy) : tensors;
    const cast = turned.map((t) => (t.dtype === dtype ? t : callOne((ops) => ops.cast(t.handle, dtype))));
    if (cast.length === 1) return cast[0]!;
    return callOne((ops) =>
      ops.concat(
        cast.map(({ handle }) => handle),
        0,
      ),
    );
  });
  replace(keep(value).withGrad(parameter.requiresGrad));
}

function transposedCopy(matrix: Tensor): Tensor {
  const view = transposedView(matrix);
  return callOne((ops) => ops.contiguous(view.handle));
}

function byParameter(matches: readonly Match[]): Match[][] {
  const groups = new Map<Tensor, Match[]>();
  for (const match of matches) {
    const group = groups.get(match.entry.parameter);
    if (group === undefined) groups.set(match.entry.parameter, [match]);
    else group.push(match);
  }
  return [...groups.values()];
}

/**
 * Puts a checkpoint's tensors in the place of a new model's placeholders; what has no place is freed.
 * @throws CheckpointError when the encoder lacks a tensor, or one has another shape
 * @internal
 */
export function fillModel(
  model: PreTrainedModel,
  placeholders: PlaceholderInit,
  loaded: ReadonlyMap<string, Tensor>,
  rules: LoadRules,
): LoadReport {
  const where = model.architecture;
  const { prefix, buffers } = rules;
  const tensors = modernNames(loaded, buffers);
  const aliases = model.keyAliases();
  const used = new Set(
    Object.values(aliases)
      .flat()
      .flatMap((alias) => [alias, `${prefix}.${alias}`]),
  );
  const body = new Set(model.bodyParameters());
  const taken = new Set<string>();
  const missing: string[] = [];
  const newWeights: string[] = [];
  const matches = model.stateEntries().map((entry): Match => {
    const found = findName(entry.name, tensors, prefix, aliases);
    if (found !== undefined) used.add(found);
    const tensor = found === undefined ? undefined : tensors.get(found)!;
    const isBody = body.has(entry.parameter);
    const isReplaced = !isBody && rules.labelsChanged && tensor !== undefined && !isSameShape(entry, tensor);
    if (tensor === undefined || isReplaced) {
      if (isBody) missing.push(entry.name);
      else if (entry.parameter.requiresGrad) newWeights.push(entry.name);
      return { entry, tensor: undefined };
    }
    checkShape(where, entry, tensor);
    // What a file ties and the model does not is two parameters.
    const isTaken = taken.has(found!);
    taken.add(found!);
    return { entry, tensor: isTaken ? callOne((ops) => ops.copy(tensor.handle)) : tensor };
  });
  if (missing.length > 0)
    throw new CheckpointError(
      `${where}: the checkpoint must hold the whole encoder, got none of ${listNames(missing)}`,
      {
        missing,
      },
    );
  for (const group of byParameter(matches)) fill(group, placeholders, rules);
  placeholders.dispose();
  const held = new Set(model.parameters());
  for (const tensor of loaded.values()) if (!held.has(tensor)) tensor.dispose();
  return { newWeights, unexpected: [...tensors.keys()].filter((name) => !used.has(name)) };
}

/** Element type of a checkpoint: that of its first floating tensor. @internal */
export function dtypeOf(tensors: ReadonlyMap<string, Tensor>): DType {
  for (const { dtype } of tensors.values()) if (isFloating(dtype)) return dtype;
  return 'f32';
}
