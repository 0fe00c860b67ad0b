import { expect, test } from 'vitest';
import { Caller, serveCalls } from '../../src/workers/rpc.js';
import { Turns } from '../../src/workers/turns.js';

/** A worker and its page in one place. @param {Record<string, (...args: any[]) => any>} methods */
function joined(methods) {
  /** @type {any} */
  const page = { postMessage: (/** @type {any} */ data) => scope.onmessage({ data }) };
  /** @type {any} */
  const scope = { postMessage: (/** @type {any} */ data) => page.onmessage({ data }) };
  serveCalls(methods, scope);
  /** @type {any[]} */
  const events = [];
  return { caller: new Caller(page, (event) => events.push(event)), page, events };
}

test('a call is answered with its value or with the engine\'s own words', async () => {
  const { caller } = joined({
    double: (/** @type {number} */ x) => 2 * x,
    fail: () => { throw Object.assign(new Error('no'), { details: () => ({ code: 'corrupt', message: 'no', line: 2 }) }); },
  });
  expect(await caller.call('double', [21])).toBe(42);
  await expect(caller.call('fail', [])).rejects.toMatchObject({ code: 'corrupt', problem: { line: 2 } });
});

test('when the worker dies, everything that waits is refused and the page hears of it', async () => {
  const { caller, page, events } = joined({ never: () => new Promise(() => {}) });
  const waiting = caller.call('never', []);
  page.onerror({ message: 'out of memory' });
  await expect(waiting).rejects.toMatchObject({ message: 'out of memory' });
  expect(events).toMatchObject([{ event: 'failed' }]);
});

test('turns are taken one after the other, also after one that failed', async () => {
  const turns = new Turns();
  /** @type {number[]} */
  const order = [];
  const first = turns.take(async () => { await Promise.resolve(); order.push(1); throw new Error('no'); });
  const second = turns.take(async () => { order.push(2); });
  await expect(first).rejects.toThrow('no');
  await second;
  expect(order).toEqual([1, 2]);
});
