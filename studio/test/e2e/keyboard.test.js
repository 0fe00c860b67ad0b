// From the start to the export by keys alone, in a window at 200 % zoom, with reduced motion, as a screen reader hears it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useStudio } from './harness.js';

/** What was announced. @type {string[]} */
let said = [];
/** Controls that had the focus without showing it. @type {Set<string>} */
const unseen = new Set();

// A window of 1440x900 at 200 %.
const studio = useStudio({ viewport: { width: 720, height: 450 }, options: { deviceScaleFactor: 2, reducedMotion: 'reduce' } }, async () => {
  const { page } = studio.browser;
  await page.exposeFunction('announce', (/** @type {string} */ text) => { said.push(text); });
  await page.addInitScript(() => {
    const live = '[role=status], [role=alert], [aria-live]';
    const announce = (/** @type {Node} */ node) => {
      const region = (node instanceof Element ? node : node.parentElement)?.closest(live);
      if (region?.textContent?.trim()) /** @type {any} */ (window).announce(region.textContent.trim());
    };
    new MutationObserver((changes) => changes.forEach(({ target, addedNodes }) => [target, ...addedNodes].forEach(announce)))
      .observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.goto(studio.server.url);
});

/** Where the focus is: its name, and whether it can be seen. */
const focused = () => studio.browser.page.evaluate(() => {
  const element = /** @type {HTMLElement} */ (document.activeElement);
  const labels = /** @type {HTMLInputElement} */ (element).labels, label = labels?.length ? [...labels].map((one) => one.firstChild?.textContent ?? '').join() : '';
  const name = element.getAttribute('aria-label') ?? (label || (element.textContent ?? ''));
  const { outlineStyle, outlineWidth } = getComputedStyle(element), { x, y, width, height } = element.getBoundingClientRect();
  const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && x + width > 0 && y + height > 0 && x < innerWidth && y < innerHeight;
  return { name: name.trim().replace(/\s+/g, ' '), seen: seen || element === document.body };
});

/** Goes on by the Tab key until the focus is on what has this name. @param {RegExp} wanted @param {string} [key] */
async function tabTo(wanted, key = 'Tab') {
  const names = [];
  for (let presses = 0; presses < 90; ++presses) {
    const { name, seen } = await focused();
    if (!seen) unseen.add(name);
    if (wanted.test(name)) return;
    names.push(name);
    await studio.browser.page.keyboard.press(key);
  }
  assert.fail(`no ${wanted} among ${names.join(', ')}`);
}

/** @param {RegExp} wanted */
async function press(wanted) {
  await tabTo(wanted);
  await studio.browser.page.keyboard.press('Enter');
}

/** Writes a number into a field. @param {RegExp} wanted @param {number} value */
async function fill(wanted, value) {
  await tabTo(wanted);
  await studio.browser.page.keyboard.press('Control+A');
  await studio.browser.page.keyboard.type(String(value));
}

/** Waits until something was announced. @param {RegExp} wanted */
async function hear(wanted) {
  await studio.browser.page.waitForFunction(([source]) => [...document.querySelectorAll('[role=status], [role=alert], [aria-live]')].some((one) => new RegExp(source).test(one.textContent ?? '')), [wanted.source]);
  assert.ok(said.some((text) => wanted.test(text)), `${wanted} is not among ${said.join(' | ')}`);
}

test('a model and a corpus are taken', async () => {
  await press(/^Load model$/);
  await studio.browser.page.getByRole('textbox', { name: 'Message' }).waitFor();
  await press(/^Use the sample$/);
  await studio.browser.page.getByRole('button', { name: 'Corpus: harbour-log.jsonl' }).waitFor();
});

test('a run is planned and trained, and its course is said', async () => {
  const { page } = studio.browser;
  await press(/^Plan the run$/);
  await press(/^All settings$/);
  await fill(/^Steps$/, 3);
  await fill(/^Context$/, 64);
  await fill(/^Warm-up steps$/, 0);
  await fill(/^Held-out share$/, 0.01);
  await fill(/^Validate every$/, 2);
  await page.getByRole('button', { name: 'Train adapter', disabled: false }).waitFor();
  await press(/^Train adapter$/);
  await hear(/Training, step \d of 3/);
  await page.locator('.console .tag').getByText('Done').waitFor();
  await hear(/Done, step 3 of 3/);
});

test('the chart is read step by step, and as a table', async () => {
  const { page } = studio.browser;
  await tabTo(/^The loss fell from [\d.]+ to [\d.]+ in 3 steps, on held-out text to [\d.]+\.$/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await hear(/step [12]: \d\.\d+, smoothed \d\.\d+/);
  await tabTo(/^As a table$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  const rows = page.getByRole('dialog', { name: 'Losses of this run' }).getByRole('row');
  await rows.nth(4).waitFor();
  assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => row.firstElementChild?.textContent)), ['step', '0', '1', '2', '3']);
  await page.keyboard.press('Escape');
  // The focus is where it was.
  assert.equal((await focused()).name, 'As a table');
});

test('the adapter answers, and the answer is said', async () => {
  const { page } = studio.browser;
  await press(/^LoRA$/);
  await tabTo(/^Message$/);
  await page.keyboard.type('Name the capital of France.');
  await page.keyboard.press('Enter');
  const answer = page.locator('.answer.lora[data-state=done] .text');
  await answer.waitFor();
  const text = (await answer.innerText()).trim();
  await hear(new RegExp(text.slice(0, 20).replace(/[^\w ]/g, '.')));
});

test('the adapter is exported', async () => {
  await press(/^Download adapter$/);
  await tabTo(/^adapter_model\.safetensors/);
  const [file] = await Promise.all([studio.browser.page.waitForEvent('download'), studio.browser.page.keyboard.press('Enter')]);
  assert.equal(file.suggestedFilename(), 'adapter_model.safetensors');
});

test('the focus was always to be seen', () => assert.deepEqual([...unseen], []));

test('nothing moves where motion is not wanted', async () => {
  const moving = await studio.browser.page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
    const { transitionDuration, animationDuration } = getComputedStyle(element);
    return [transitionDuration, animationDuration].join().split(',').some((time) => parseFloat(time) > 0);
  }).map((element) => element.className));
  assert.deepEqual(moving, []);
});

test('at 200 % nothing is cut off: every control can be brought into the window', async () => {
  const { page } = studio.browser;
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  const hidden = await page.locator('button:visible, select:visible, textarea:visible, input:visible:not([type=file])').evaluateAll((all) => all.filter((element) => {
    element.scrollIntoView({ block: 'center', inline: 'nearest' });
    const { left, top, width, height } = element.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    return !there || !(element.contains(there) || element.closest('label')?.contains(there));
  }).map((element) => element.getAttribute('aria-label') ?? element.textContent));
  assert.deepEqual(hidden, []);
  assert.deepEqual(studio.browser.errors, []);
});
