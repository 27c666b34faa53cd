/**
 * Base of objects that are called like functions: `object(...)` is `object.call_(...)`.
 * @internal
 */
export abstract class Callable {
  constructor() {
    const self = (...args: unknown[]): unknown => (self as unknown as Callable).call_(...args);
    return Object.setPrototypeOf(self, new.target.prototype) as this;
  }

  protected abstract call_(...args: unknown[]): unknown;
}
