// The built studio in headless Chromium, served by the real program with the real model.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { launch } from '../../../packages/testing/chromium.js';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const program = process.env.LAB_PROGRAM ?? join(root, 'build/native/cli/lora-lab');
export const modelPath = process.env.LAB_MODEL ?? join(process.env.LAB_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lora-lab'), 'SmolLM2-135M-Instruct.Q4_1.gguf');
export const oracle = process.env.LAB_ORACLE_DIR ?? join(root, '../shared/oracle');
export const screenshots = join(root, 'build/screenshots');
/** The built studio. */
export const dist = process.env.LAB_STUDIO ?? join(root, 'studio/dist');

/** Starts `lora-lab serve` on a free port. */
export async function serveStudio() {
  if (!existsSync(join(dist, 'index.html'))) throw new Error('the studio is not built: npm run build');
  const server = spawn(program, ['serve', '--port', '0', '--studio', dist, '--model', modelPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    server.stdout.once('data', (line) => resolve(String(line).trim()));
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const ended = new Promise((resolve) => { server.once('exit', resolve); });
  return { url: String(url), stop: () => (server.kill('SIGINT'), ended) };
}

/**
 * A browser with a profile of its own, which outlives the browser if `profile` is given.
 * @param {{ profile?: string, viewport?: { width: number, height: number }, options?: object }} [how]
 */
export async function openBrowser({ profile, viewport = { width: 1440, height: 900 }, options = {} } = {}) {
  /** @type {{ context: import('playwright-core').BrowserContext, close: () => Promise<void> }} */
  const { context, close } = await launch(chromium, profile, { viewport, acceptDownloads: true, locale: 'en-GB', ...options });
  context.setDefaultTimeout(250_000);  // a busy machine is no failure
  const page = context.pages()[0] ?? await context.newPage();
  /** @type {string[]} */
  const errors = [];
  /** @type {string[]} */
  const requests = [];
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`); });
  context.on('request', (request) => requests.push(request.url()));
  return { context, page, errors, requests, close };
}

/**
 * The studio's server and a browser, from before the first of a file's tests until after the last.
 * @param {Parameters<typeof openBrowser>[0]} [how] @param {() => Promise<void>} [prepare] with both, what all tests start from
 * @returns {{ server: Awaited<ReturnType<typeof serveStudio>>, browser: Awaited<ReturnType<typeof openBrowser>> }}
 */
export function useStudio(how, prepare) {
  const studio = /** @type {any} */ ({});
  before(async () => {
    studio.server = await serveStudio();
    studio.browser = await openBrowser(how);
    await prepare?.();
  });
  after(async () => {
    await studio.browser?.close();
    await studio.server?.stop();
  });
  return studio;
}

/** @typedef {import('playwright-core').Page} Page */

/** Loads the default model and waits until it can be asked. @param {Page} page */
export async function loadModel(page) {
  await page.getByRole('button', { name: 'Load model' }).click();
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
}

/** Takes the sample corpus by its menu. @param {Page} page */
export async function takeSample(page) {
  await page.getByRole('button', { name: /^Corpus:/ }).click();
  await page.getByRole('button', { name: /harbour-log\.jsonl/ }).click();
  await page.getByRole('button', { name: 'Corpus: harbour-log.jsonl' }).waitFor();
}

/** A run that takes seconds. @param {Page} page @param {Record<string, number | string>} settings by their labels */
export async function setPlan(page, settings) {
  await page.getByRole('banner').getByRole('button', { name: /^Plan|^about/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Plan the run' });
  await dialog.getByText('All settings').click();
  for (const [label, value] of Object.entries(settings)) {
    if (typeof value === 'number') await dialog.getByLabel(label, { exact: true }).fill(String(value));
    else await dialog.getByRole('combobox', { name: label }).selectOption(value);
  }
  return dialog;
}

/** Waits until the run is over. @param {Page} page @param {number} steps */
export async function endOfRun(page, steps) {
  await page.getByText(`step ${steps} of ${steps}`, { exact: true }).waitFor({ timeout: 600_000 });
  await page.locator('.console .tag').getByText('Done').waitFor();
}

/** Asks. @param {Page} page @param {string} text */
export async function ask(page, text) {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

/** The whole of the last answer, when it is complete. @param {Page} page @param {string} side base or lora */
export async function answerOf(page, side) {
  const answer = page.locator('.turn').last().locator(`.answer.${side}`);
  await answer.and(page.locator('[data-state=done], [data-state=failed]')).waitFor();
  return answer.locator('.text').innerText();
}

/** Stops the last answer at its first words, from within the page, as the answer may end while a message is on its way. @param {Page} page @param {string} side base or lora */
export async function stopAnswer(page, side) {
  await page.evaluate((which) => new Promise((resolve) => {
    const look = () => {
      const turn = [...document.querySelectorAll('.turn')].at(-1);
      if (!/\w{2}/.test(turn?.querySelector(`.answer.${which} .text`)?.textContent ?? '')) return;
      seen.disconnect();
      const button = /** @type {HTMLButtonElement} */ (document.querySelector('.prompt button'));
      if (button.type === 'button') button.click();  // else it has ended, and the button sends
      resolve(true);
    };
    const seen = new MutationObserver(look);
    seen.observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  }), side);
  await page.getByRole('button', { name: 'Send' }).waitFor();
}

/** Each run took the memory that was planned, to a tenth. @param {Page} page */
export async function checkMemory(page) {
  for (const { plan, peakBytes = NaN, settings } of await records(page))
    assert.ok(Math.abs(peakBytes / plan.peak_bytes - 1) <= 0.1, `rank ${settings.rank}: planned ${plan.peak_bytes}, taken ${peakBytes}`);
}

/** What the page has written down of its runs, the first one first. @param {Page} page @returns {Promise<import('../../src/data/keep.js').RunRecord[]>} */
export const records = (page) => page.evaluate(() => new Promise((resolve) => {
  indexedDB.open('lora-lab').onsuccess = (/** @type {any} */ { target: { result: db } }) => {
    db.transaction('runs').objectStore('runs').getAll().onsuccess = (/** @type {any} */ { target: { result: runs } }) => {
      db.close();
      resolve(runs.sort((/** @type {any} */ a, /** @type {any} */ b) => a.startedAt - b.startedAt));
    };
  };
}));
