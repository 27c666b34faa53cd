import { Tensor } from '../../tensor/tensor.js';
import { DataError, DeviceError, ShapeError } from '../../util/errors.js';
import type { HostArray } from './host_array.js';
import type { LabelInput } from './inputs.js';
import { tokenValues, type Layout } from './pack.js';
import { isShaped, numberOf } from './ragged.js';

/** Label that losses skip, as in PyTorch. @internal */
export const IGNORE_INDEX = -100;

/** Labels on the host with their shape, or a device tensor whose values are not known here. @internal */
export interface Targets {
  values: ArrayLike<number | bigint> | undefined;
  shape: readonly number[];
  /** Whether they are class indices by their type: whole numbers in one dimension, or integer data. */
  areIndices: boolean;
  tensor: Tensor | undefined;
}

/** Labels of any form. @internal */
export function readTargets(where: string, labels: LabelInput, labelShape?: readonly number[]): Targets {
  if (labels instanceof Tensor) {
    const areIndices = ['i64', 'i32', 'u8'].includes(labels.dtype);
    return { values: labels.host, shape: labels.shape, areIndices, tensor: labels };
  }
  const shaped = isShaped(labels);
  const data = shaped ? labels.data : labels;
  if (ArrayBuffer.isView(data) || shaped) {
    const values = data as ArrayLike<number>;
    const shape = shaped ? labels.shape : (labelShape ?? [values.length]);
    const isFloat = data instanceof Float32Array || data instanceof Float64Array;
    return { values, shape, areIndices: !isFloat, tensor: undefined };
  }
  if (!Array.isArray(data))
    throw new DataError(`${where}: labels must be a list, typed data or a tensor, got ${typeof data}`);
  return fromLists(where, data as readonly (number | ArrayLike<number>)[]);
}

function fromLists(where: string, lists: readonly (number | ArrayLike<number>)[]): Targets {
  if (typeof lists[0] !== 'object') {
    const values = lists as readonly number[];
    return { values, shape: [values.length], areIndices: values.every(Number.isInteger), tensor: undefined };
  }
  const rows = lists as readonly ArrayLike<number>[];
  const width = rows[0]!.length;
  const uneven = rows.findIndex((row) => row?.length !== width);
  if (uneven >= 0)
    throw new ShapeError(
      `${where}: rows of labels must have ${width} values, got ${rows[uneven]?.length} in row ${uneven}`,
    );
  return {
    values: rows.flatMap((row) => Array.from(row)),
    shape: [rows.length, width],
    areIndices: false,
    tensor: undefined,
  };
}

function checkOnDevice(where: string, { device }: Tensor, expected: string): void {
  if (device === expected) return;
  throw new DeviceError(`${where}: labels must be on the model's device ${expected}, got ${device}`);
}

/** Class indices (B) for cross-entropy. @internal */
export function classTargets(
  where: string,
  targets: Targets,
  batch: number,
  classes: number,
  device: string,
): HostArray | Tensor {
  if (targets.shape.length > 2 || targets.shape[0] !== batch || (targets.shape[1] ?? 1) !== 1)
    throw new ShapeError(
      `${where}: labels must be one class per sequence (${batch}), got (${targets.shape.join(', ')})`,
    );
  if (targets.values === undefined) {
    checkOnDevice(where, targets.tensor!, device);
    return targets.tensor!;
  }
  return { values: checkClasses(where, targets.values, classes), axes: ['batch'], padding: IGNORE_INDEX };
}

/** Class indices in [0, classes) or -100. @internal */
export function checkClasses(where: string, values: ArrayLike<number | bigint>, classes: number): Int32Array {
  return Int32Array.from({ length: values.length }, (_, i) => {
    const label = numberOf(values[i]);
    if ((Number.isInteger(label) && label >= 0 && label < classes) || label === IGNORE_INDEX) return label;
    throw new DataError(
      `${where}: labels must lie in [0, ${classes}) or be ${IGNORE_INDEX}, got ${String(values[i])} at ${i}`,
      {
        label,
        classes,
        index: i,
      },
    );
  });
}

/** Floats (B, L), or (B) where L is 1. @internal */
export function floatTargets(
  where: string,
  targets: Targets,
  batch: number,
  width: number,
  device: string,
): HostArray | Tensor {
  const { shape } = targets;
  const fits = shape.length === 1 ? width === 1 && shape[0] === batch : shape.join() === [batch, width].join();
  if (!fits)
    throw new ShapeError(
      `${where}: labels must have shape (${batch}, ${width})${width === 1 ? ` or (${batch})` : ''}, ` +
        `got (${shape.join(', ')})`,
    );
  if (targets.values === undefined) {
    checkOnDevice(where, targets.tensor!, device);
    return targets.tensor!;
  }
  const values = Float32Array.from({ length: targets.values.length }, (_, i) => numberOf(targets.values![i]));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new DataError(`${where}: labels must be finite, got ${values[wrong]} at ${wrong}`);
  return { values, axes: ['batch', width] };
}

/** Class indices of the kept tokens (T) for cross-entropy; labels of dropped positions do not count. @internal */
export function tokenTargets(
  where: string,
  labels: LabelInput,
  layout: Layout,
  classes: number,
): HostArray & { values: Int32Array } {
  const values = tokenValues(where, 'labels', labels as Parameters<typeof tokenValues>[2], layout);
  return { values: checkClasses(where, values, classes), axes: ['tokens'], padding: IGNORE_INDEX };
}
