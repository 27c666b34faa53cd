import { describe, expect, it } from 'vitest';
import { onAbort, throwIfAborted } from '../../lib/util/abort.js';
import { AbortError } from '../../lib/util/errors.js';

describe('throwIfAborted', () => {
  it('returns without a signal and with one that has not fired', () => {
    expect(() => throwIfAborted(undefined, 'copy')).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal, 'copy')).not.toThrow();
  });

  it('throws an AbortError that names the operation and keeps the reason as its cause', () => {
    const reason = new Error('the user left');
    const act = (): void => throwIfAborted(AbortSignal.abort(reason), 'copy');
    expect(act).toThrow(AbortError);
    expect(act).toThrow('copy: aborted by the caller, got the user left');
    try {
      act();
    } catch (error) {
      expect(error).toMatchObject({ code: 'ABORTED', cause: reason });
    }
  });

  it('throws a ConfigError for what is no signal', () => {
    for (const value of [5, null, {}, new AbortController()])
      expect(() => throwIfAborted(value as AbortSignal, 'copy')).toThrow(/^copy: signal must be an AbortSignal, got /);
  });

  it('says nothing about a reason that was not given', () => {
    expect(() => throwIfAborted(AbortSignal.abort(), 'copy')).toThrow(/^copy: aborted by the caller$/);
  });
});

describe('onAbort', () => {
  it('calls each listener once, but those taken away', () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const remove = onAbort(controller.signal, () => heard.push('a'));
    onAbort(controller.signal, () => heard.push('b'));
    onAbort(controller.signal, () => heard.push('c'));
    onAbort(undefined, () => heard.push('nobody'))();
    remove();
    controller.abort();
    expect(heard).toEqual(['b', 'c']);
  });
});
