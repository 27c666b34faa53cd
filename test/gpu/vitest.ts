// What the bundle's tests find under the name "vitest": its own runner and assertions, without its servers and
// transformers, so that compiled tests run by Node alone. Only what these tests use is here.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  ChaiStyleAssertions,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { fn, spyOn } from '@vitest/spy';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

for (const plugin of [JestExtend, JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers]) chai.use(plugin);

const asymmetricMatchers = (globalThis as Record<symbol, unknown>)[ASYMMETRIC_MATCHERS_OBJECT];
const judge = (value: unknown, message?: string) => chai.expect(value, message);
/** Takes a value to its assertions, as vitest's does. */
export const expect = Object.assign(judge, chai.expect, asymmetricMatchers);
(globalThis as Record<symbol, unknown>)[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect as never);
(chai.expect as unknown as { extend(to: unknown, matchers: object): void }).extend(expect, customMatchers);
/** Functions whose calls are recorded. */
export const vi = { fn, spyOn };
