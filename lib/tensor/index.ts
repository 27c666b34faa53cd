export type { Bucket } from './bucket.js';
export { capture, type Recording } from './capture.js';
export { full, ones, resolveDevice, tensor, type TensorOptions, zeros } from './create.js';
export {
  configure,
  type Device,
  device,
  type DeviceInfo,
  devices,
  memory,
  ready,
  releaseCache,
  type Settings,
  sync,
} from './device.js';
export { type DType, DTYPES, dtypeSize, isFloating, parseDType, type TensorData } from './dtype.js';
export { defaultGenerator, Generator, manualSeed } from './random.js';
export { Segments } from './segments.js';
export { keep, type NestedArray, type Shape, Tensor, tidy } from './tensor.js';
export { toDevice } from './to_device.js';
export { trace, type Trace } from './trace.js';
export type { MemoryInfo, TraceEvent } from '../native/addon.js';
