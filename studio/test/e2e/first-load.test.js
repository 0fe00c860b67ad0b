// The page as it comes from the server: what its policy forbids, how much it is, and that nothing in it moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openBrowser, useStudio } from './harness.js';

const MOST_BYTES = 250_000;
const studio = useStudio();


test('the policy lets only this origin\'s files be scripts and styles, and no text but WebAssembly become code', async () => {
  const { headers } = await fetch(studio.server.url);
  const policy = new Map((headers.get('content-security-policy') ?? '').split(';').map((directive) => {
    const [name, ...sources] = directive.trim().split(' ');
    return [name, sources];
  }));
  assert.deepEqual(policy.get('default-src'), ["'self'"]);
  assert.deepEqual(policy.get('script-src'), ["'self'", "'wasm-unsafe-eval'"]);
  assert.deepEqual(policy.get('style-src'), ["'self'"]);
  assert.deepEqual(policy.get('require-trusted-types-for'), ["'script'"]);
  for (const name of ['object-src', 'base-uri', 'frame-ancestors']) assert.deepEqual(policy.get(name), ["'none'"], name);
});

test('scripts and styles of the first load are at most 250 KB packed', async (t) => {
  const { page } = studio.browser;
  /** @type {Promise<[string, number]>[]} */
  const parts = [];
  page.on('response', (response) => {
    // The service worker fetches the rest of the studio afterwards, in the background.
    if (['script', 'stylesheet'].includes(response.request().resourceType()) && !response.request().serviceWorker())
      parts.push(response.body().then((body) => [new URL(response.url()).pathname, gzipSync(body).length]));
  });
  await page.goto(studio.server.url);
  await page.getByRole('button', { name: 'Load model' }).waitFor();
  const sizes = await Promise.all(parts);
  t.diagnostic(sizes.map(([name, bytes]) => `${name} ${bytes}`).join(', '));
  assert.ok(sizes.some(([name]) => name.endsWith('.css')) && sizes.some(([name]) => name.endsWith('.js')));
  const sum = sizes.reduce((all, [, bytes]) => all + bytes, 0);
  assert.ok(sum <= MOST_BYTES, `${sum} bytes`);
});

test('nothing moves while the page appears', async (t) => {
  const { page } = studio.browser;
  // By now everything has come that comes by itself.
  await page.evaluate(() => navigator.serviceWorker.ready);
  const { shifts, paint } = await page.evaluate(() => new Promise((resolve) => {
    /** @type {number[]} */
    const shifts = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => /** @type {any} */ (entry).value))).observe({ type: 'layout-shift', buffered: true });
    // What was observed before arrives with the first paint at the latest, so this observer's turn is after the other's.
    new PerformanceObserver((list) => resolve({ paint: list.getEntriesByName('first-contentful-paint')[0].startTime, shifts })).observe({ type: 'paint', buffered: true });
  }));
  t.diagnostic(`first contentful paint after ${Math.round(paint)} ms`);
  assert.deepEqual(shifts, []);
});

test('a script in the page\'s text, and a text as code, are refused', async () => {
  const other = await openBrowser({ options: { serviceWorkers: 'block' } }), { page } = other;
  // As if somebody had managed to write into the page.
  await page.route(studio.server.url, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('</head>', '<script>window.intruder = true</script><style>body { display: none }</style></head>') });
  });
  /** @type {string[]} */
  const errors = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  await page.goto(studio.server.url);
  await page.getByRole('button', { name: 'Load model' }).waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).intruder), undefined);
  assert.ok(errors.some((text) => /inline script/i.test(text)), errors.join());
  assert.ok(errors.some((text) => /inline style/i.test(text)), errors.join());
  // In a task of the page's own, as the browser's tools may evaluate what the page may not.
  const refusals = await page.evaluate(() => new Promise((resolve) => {
    setTimeout(() => {
      const attempts = [() => globalThis.eval('1'), () => new Function('return 1')(), () => { document.body.innerHTML = '<p>text</p>'; }, () => new Worker('https://elsewhere.example/worker.js')];
      resolve(attempts.map((attempt) => {
        try {
          attempt();
          return 'done';
        } catch (error) {
          return /** @type {Error} */ (error).name;
        }
      }));
    });
  }));
  assert.deepEqual(refusals, ['EvalError', 'EvalError', 'TypeError', 'TypeError']);
  await other.close();
});

test('nothing went wrong unseen', () => assert.deepEqual(studio.browser.errors, []));
