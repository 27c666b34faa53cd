import { resolveDevice, tensor } from './create.js';
import { aliasTensor, type Tensor } from './tensor.js';

/**
 * The elements on another device, outside autograd; another handle of x when it is there already.
 * @throws DeviceError when the device is not there, and the typed error of an op x depends on
 *
 * @example
 * ```ts
 * import { tensor, toDevice } from 'gridstride';
 * const x = tensor([1, 2], { device: 'cpu' });
 * const y = await toDevice(x, 'cpu');
 * console.log(await y.toArray()); // [ 1, 2 ]
 * ```
 */
export async function toDevice(x: Tensor, device: string): Promise<Tensor> {
  const target = resolveDevice(device);
  if (x.device === target) return aliasTensor(x);
  const data = await x.data();
  return tensor(data, { dtype: x.dtype, shape: x.shape, device: target });
}
