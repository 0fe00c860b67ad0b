// Models from an address, from a file and from a folder: kept on the device, listed with their sizes, used again, removed.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { modelPath, oracle, useStudio } from './harness.js';

const TINY = 'llama-tied.F16';
const name = basename(modelPath, '.gguf');
const folder = mkdtempSync(join(tmpdir(), 'folder-'));

/** A tokenizer with a piece for each byte, under the name that byte-level tokenizers give it. */
function byteTokenizer() {
  const plain = (/** @type {number} */ byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let others = 256;
  const vocab = Object.fromEntries(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(plain(byte) ? byte : others++), byte]));
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  return { version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: level, post_processor: null, decoder: level, model: { type: 'BPE', vocab, merges: [] } };
}

const studio = useStudio({}, async () => {
  for (const file of ['config.json', 'model.safetensors']) cpSync(join(oracle, 'tiny/llama', file), join(folder, file));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(byteTokenizer()));
  await studio.browser.page.goto(studio.server.url);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const dialog = () => studio.browser.page.getByRole('dialog', { name: 'Load another model' });
const open = () => studio.browser.page.getByRole('button', { name: 'Load URL or file' }).first().click();
const close = () => dialog().getByRole('button', { name: 'Close' }).click();
/** @param {string} title */
async function loaded(title) {
  await studio.browser.page.getByRole('button', { name: `Model: ${title}` }).waitFor();
  // It is there only with a model that is ready.
  await studio.browser.page.getByRole('textbox', { name: 'Message' }).waitFor();
}
/** @param {string} title */
const kept = (title) => dialog().getByRole('listitem').filter({ hasText: title });

test('a model comes from an address, and is kept', async () => {
  await open();
  await dialog().getByLabel('Address of a GGUF file').fill(`${studio.server.url}models/${basename(modelPath)}`);
  await dialog().getByRole('button', { name: 'Load', exact: true }).click();
  await loaded(name);
  await open();
  assert.match(await kept(name).innerText(), new RegExp(`${Math.round(statSync(modelPath).size / 1e6)} MB`));
  assert.match(await dialog().getByText('used by this page').innerText(), /^1?\d\d MB of [\d.]+ GB/);
  await close();
});

test('a model comes from a file', async () => {
  await open();
  await dialog().getByLabel('Choose a file').setInputFiles(join(oracle, `gguf/${TINY}.gguf`));
  await loaded(TINY);
  await open();
  await kept(TINY).waitFor();
  await close();
});

test('a model comes from a folder of safetensors', async () => {
  await open();
  await dialog().getByLabel('Choose a folder').setInputFiles(folder);
  await loaded(basename(folder));
});

test('after a reload all are listed, and used without a network', async () => {
  const { page } = studio.browser;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await studio.browser.context.setOffline(true);
  await page.reload();
  for (const title of [name, TINY, basename(folder)]) {
    await open();
    await dialog().getByRole('button', { name: `Load ${title}` }).click();
    await loaded(title);
  }
  await studio.browser.context.setOffline(false);
});

test('of two models that are chosen one after the other the last is loaded', async () => {
  const { page } = studio.browser;
  for (const title of [name, TINY]) {
    await open();
    await dialog().getByRole('button', { name: `Load ${title}` }).click();
  }
  await loaded(TINY);
  await page.getByRole('textbox', { name: 'Message' }).fill('a');
  await page.keyboard.press('Enter');
  await page.locator('.answer[data-state=done]').waitFor();
  await loaded(TINY);
});

test('they are removed, and their room is free again', async () => {
  const { page } = studio.browser;
  await open();
  for (const title of [name, TINY, basename(folder)]) {
    await dialog().getByRole('button', { name: `Remove ${title}` }).click();
    await kept(title).waitFor({ state: 'detached' });
  }
  await close();
  const used = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? NaN);
  assert.ok(used < statSync(modelPath).size / 2, `${used} bytes are still used`);
});

test('a file that is no model gets a sentence, and the model of before stays', async () => {
  const { page } = studio.browser, path = join(folder, 'notes.gguf');
  writeFileSync(path, 'no model');
  await open();
  await dialog().getByLabel('Choose a file').setInputFiles(path);
  assert.match(await page.getByRole('alert').innerText(), /notes\.gguf/);
  await loaded(TINY);
  assert.deepEqual(studio.browser.errors, []);
});
