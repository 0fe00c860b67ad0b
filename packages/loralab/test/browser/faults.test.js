// A page whose engine's worker dies or runs out of memory, and how much memory a tab takes.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage } from '../../../testing/chromium.js';
import { corpus, modelPath, oracle } from '../helpers.js';
import { serveMoodily } from './moody-server.js';
import { gotoPackage } from './package-page.js';

/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serveMoodily>>} */
let server;

before(async () => {
  server = await serveMoodily('/model.gguf', modelPath);
  browser = await openPage(chromium);
  await gotoPackage(browser.page, server.url);
});
after(async () => {
  await browser.close();
  server.close();
});

const tiny = readFileSync(join(oracle, 'gguf/llama-tied.Q8_0.gguf')).toString('base64');

test('an engine whose worker ends without a word is plainly dead, and another can be made', async () => {
  const seen = await browser.page.evaluate(async (tiny) => {
    const { createEngine } = /** @type {any} */ (window).loralab, bytes = Uint8Array.from(atob(tiny), (c) => c.charCodeAt(0));
    /** @type {Worker[]} */
    const workers = [], Real = window.Worker;
    window.Worker = class extends Real {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        workers.push(this);
      }
    };
    const engine = await createEngine({ threads: 1 });
    window.Worker = Real;
    const model = await engine.loadModel(bytes), alive = engine.failure;
    const run = await model.train({ corpus: Array.from({ length: 50 }, (_, i) => `{"text":"line ${i}"}`).join('\n'), steps: 100000, context: 32, val_fraction: 0 });
    let steps = 0;
    const training = (async () => { for await (const _ of run) if (++steps === 3) workers[0].terminate(); })();
    const waiting = await training.catch((error) => error), later = await model.tokenize('x').catch((/** @type {any} */ error) => error);
    const next = await createEngine({ threads: 1 });
    const ids = await (await next.loadModel(bytes)).tokenize('alive');
    const disposed = next.failure;
    next.dispose();
    return { alive, waiting: waiting.code, remedy: waiting.remedy, later: later.code, failure: engine.failure?.code, ids: ids.length, disposed, after: next.failure?.code };
  }, tiny);
  assert.deepEqual(seen, { alive: undefined, waiting: 'io', remedy: 'Create another engine.', later: 'io', failure: 'io', ids: seen.ids, disposed: undefined, after: 'not_found' });
  assert.ok(seen.ids > 0);
});

test('an engine that runs out of memory in the middle of a call says so, ends, and another can be made', async () => {
  const seen = await browser.page.evaluate(async (tiny) => {
    const { createEngine } = /** @type {any} */ (window).loralab, bytes = Uint8Array.from(atob(tiny), (c) => c.charCodeAt(0));
    // The module with a memory that cannot grow as far: its maximum is the second number of the section 5.
    const module = new Uint8Array(await (await fetch('/wasm/loralab.wasm')).arrayBuffer());
    const number = (/** @type {number} */ at) => {
      let value = 0, shift = 0, end = at;
      do value |= (module[end] & 127) << shift, shift += 7; while (module[end++] & 128);
      return { value, end };
    };
    let at = 8;
    while (module[at] !== 5) {
      const { value, end } = number(at + 1);
      at = end + value;
    }
    const least = number(number(at + 1).end + 2), most = number(least.end), pages = least.value + 64;
    for (let i = least.end, rest = pages; i < most.end; ++i, rest >>= 7) module[i] = (rest & 127) | (i + 1 < most.end ? 128 : 0);
    const engine = await createEngine({ threads: 1, relaxed: false, wasmUrl: URL.createObjectURL(new Blob([module], { type: 'application/wasm' })) });
    const model = await engine.loadModel(bytes);
    const error = await model.tokenize('memory '.repeat(120000)).catch((/** @type {any} */ error) => error);
    const later = await model.tokenize('x').catch((/** @type {any} */ error) => error);
    const next = await createEngine({ threads: 1 });
    const ids = await (await next.loadModel(bytes)).tokenize('alive');
    next.dispose();
    return { most: most.value, error: error.code, remedy: error.remedy, later: later.code, failure: engine.failure?.code, ids: ids.length };
  }, tiny);
  assert.equal(seen.most, 65536);
  assert.deepEqual([seen.error, seen.later, seen.failure], ['out_of_memory', 'out_of_memory', 'out_of_memory']);
  assert.match(seen.remedy, /Dispose/);
  assert.ok(seen.ids > 0);
});

/** The largest memory that each of the browser's pages has had, in bytes. @returns {Map<number, number>} by the numbers of processes */
function peaks() {
  /** @type {Map<number, { parent: number, peak: number, isPage: boolean }>} */
  const all = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const field = (/** @type {string} */ name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);
      all.set(Number(pid), { parent: field('PPid'), peak: 1024 * field('VmHWM'), isPage: readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer') });
    } catch { /* it has ended meanwhile */ }
  }
  const isOurs = (/** @type {number} */ pid) => {
    for (; pid > 1; pid = all.get(pid)?.parent ?? 0) if (pid === process.pid) return true;
    return false;
  };
  return new Map([...all].filter(([pid, { isPage }]) => isPage && isOurs(pid)).map(([pid, { peak }]) => [pid, peak]));
}

test('a tab that fetches the model, trains and keeps the run takes less than the file and 1.3 times its plan', async () => {
  const fresh = await openPage(chromium);
  try {
    await gotoPackage(fresh.page, server.url);
    const empty = Math.max(...peaks().values());
    const { plan, module } = await fresh.page.evaluate(async (text) => {
      const { createEngine } = /** @type {any} */ (window).loralab;
      const engine = await createEngine({ threads: 1 });
      const model = await engine.loadModel('/model.gguf'), loaded = engine.memoryBytes;
      const settings = { corpus: new File([text], 'harbour-log.jsonl'), steps: 2, context: 128, warmup: 1, val_fraction: 0, recompute: true };
      const plan = await model.plan(settings);
      const run = await model.train({ ...settings, run: 'memory', checkpointEvery: 1 });
      for await (const _ of run);
      return { plan: plan.peak_bytes, module: loaded + run.info.memory_bytes };
    }, readFileSync(corpus, 'utf8'));
    const taken = Math.max(...peaks().values()) - empty;
    assert.ok(taken > module / 2, `${taken} bytes cannot be all`);
    assert.ok(taken < server.size + 1.3 * plan, `${taken} bytes beside an empty page, with a plan of ${plan}`);
  } finally {
    await fresh.close();
  }
});
