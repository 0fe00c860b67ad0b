// The package loralab in Chromium beside @wllama/wllama and onnxruntime-web: one run, interleaved, medians.
// Exits with 1 when a row misses its target. `--quick` takes one round; `--json FILE` also writes the figures.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { corpus, modelPath, root } from '../../packages/loralab/test/helpers.js';
import { openPage, serve } from '../../packages/testing/chromium.js';
import { peakRendererMib } from './memory.js';

const quick = process.argv.includes('--quick'), rounds = quick ? 1 : 3;
const PROMPT = 900, NEW = 24;  // characters, tokens
const TRAINING = { steps: 1000, context: 256, val_fraction: 0 };
const GEMM = { m: 512, k: 576, n: 1536, type: 0 }, INT4 = { m: 1, k: 576, n: 1536, type: 1 };
const text = readFileSync(corpus, 'utf8');
const builds = { '': process.env.LAB_WASM ?? join(root, 'build/wasm'), '.threads': process.env.LAB_WASM_THREADS ?? join(root, 'build/wasm-threads') };
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' };

/** @type {Record<string, number[]>} */
const figures = {};
const note = (/** @type {string} */ name, /** @type {number} */ value) => (figures[name] ??= []).push(value);
const median = (/** @type {string} */ name) => (figures[name] ?? [NaN]).toSorted((a, b) => a - b)[(figures[name] ?? [NaN]).length >> 1];

/** The modules by the names under which a page asks for them. @type {Record<string, string>} */
const files = { '/model.gguf': modelPath, '/corpus.jsonl': corpus };
for (const [ending, folder] of Object.entries(builds)) {
  for (const flavour of ['', '.relaxed']) {
    files[`/packages/loralab/wasm/loralab${flavour}${ending}.wasm`] = join(folder, `wasm/loralab${flavour}${ending}.wasm`);
    files[`/kernels_bench${flavour}${ending}.wasm`] = join(folder, `wasm/kernels_bench${flavour}${ending}.wasm`);
  }
}
const server = await serve(root, files, ISOLATED);

/** A page of a browser of its own. */
async function newPage() {
  const browser = await openPage(chromium);
  await browser.page.goto(`${server.url}bench/web/page.html`);
  await browser.page.waitForFunction(() => 'bench' in window);
  const open = (/** @type {string} */ name, /** @type {string} */ kind, options = {}) =>
    browser.page.evaluate(([n, k, o]) => /** @type {any} */ (window).bench.open(n, k, o), /** @type {any} */ ([name, kind, options]));
  const ask = (/** @type {string} */ name, /** @type {string} */ method, /** @type {any[]} */ ...given) =>
    browser.page.evaluate((all) => /** @type {any} */ (window).bench.ask(...all), /** @type {any} */ ([name, method, ...given]));
  return { open, ask, close: browser.close };
}
/** A beginning of its own, so that nothing is in a cache already. @param {string} key */
const prompt = (key) => `${key} ${text.slice(0, PROMPT)}`;

/** Matrix products: ours and onnxruntime-web's, on one thread. */
async function measureKernels() {
  const page = await newPage();
  for (const flavour of ['plain', 'relaxed']) await page.open(flavour, 'kernels', { relaxed: flavour === 'relaxed', threads: 1 });
  await page.open('ort', 'onnxruntime');
  for (let round = 0; round < rounds; ++round) {
    for (const flavour of ['plain', 'relaxed']) {
      note(`peak ${flavour}`, await page.ask(flavour, 'peak') / 1e9);
      note(`gemm ${flavour}`, await page.ask(flavour, 'product', GEMM) / 1e9);
      note(`int4 ${flavour}`, await page.ask(flavour, 'product', INT4) / 1e9);
    }
    note('gemm ort', await page.ask('ort', 'product', GEMM) / 1e9);
    note('int4 ort', await page.ask('ort', 'product', INT4) / 1e9);
  }
  await page.close();
}

/** Prefill, decode and training of the whole model: one engine after the other, in each round. */
async function measureModel() {
  const page = await newPage();
  const engines = [['plain', 1], ['relaxed', 1], ['wllama', 1], ['plain', 2], ['relaxed', 2], ['wllama', 2]];
  for (const [flavour, threads] of engines) {
    const name = `${flavour} ${threads}`;
    await page.open(name, flavour === 'wllama' ? 'wllama' : 'ours', { threads, relaxed: flavour === 'relaxed' });
    await page.ask(name, 'generate', 'Once upon a time', 8);  // what is called often is compiled better
    if (flavour !== 'wllama') await page.ask(name, 'step', TRAINING);
  }
  note('flops per token', await page.ask('plain 1', 'flopsPerToken', TRAINING));
  for (let round = 0; round < rounds; ++round) {
    for (const [flavour, threads] of engines) {
      const name = `${flavour} ${threads}`;
      const { prefill, decode } = await page.ask(name, 'generate', prompt(`${round} ${name}`), NEW);
      note(`prefill ${name}`, prefill);
      note(`decode ${name}`, decode);
      if (flavour !== 'wllama') note(`train ${name}`, await page.ask(name, 'step', TRAINING));
    }
  }
  await page.close();
}

/** The renderer's largest memory while a fresh page loads the model and answers. */
async function measureMemory() {
  for (const kind of ['ours', 'wllama']) {
    const page = await newPage();
    await page.open(kind, kind, { threads: 1, relaxed: true });
    await page.ask(kind, 'generate', prompt(kind).slice(0, 400), 16);
    note(`memory ${kind}`, peakRendererMib());
    await page.close();
  }
}

let missed = 0;
/** One line: what, ours, the other's, their ratio and what it must be. `most` rows must stay below it. */
function row(/** @type {string} */ what, /** @type {number} */ own, /** @type {number} */ other, /** @type {string} */ unit, /** @type {number} */ target, most = false) {
  const ratio = own / other, good = most ? ratio <= target : ratio >= target;
  if (!good) ++missed;
  console.log(`${what.padEnd(44)} ${own.toFixed(1).padStart(8)} ${other.toFixed(1).padStart(8)} ${unit.padEnd(7)} ${ratio.toFixed(2).padStart(6)}  ${most ? 'at most' : 'at least'} ${target}${good ? '' : '  MISSED'}`);
}

await measureKernels();
await measureModel();
await measureMemory();
server.close();

console.log(`${rounds} round(s); medians\n${'what'.padEnd(44)} ${'ours'.padStart(8)} ${'other'.padStart(8)} ${''.padEnd(7)} ${'ratio'.padStart(6)}  target`);
for (const flavour of ['plain', 'relaxed']) {
  for (const threads of [1, 2]) {
    const own = `${flavour} ${threads}`, name = `${flavour}, ${threads} thread${threads > 1 ? 's' : ''}`;
    row(`prefill, ${name}, over wllama's`, median(`prefill ${own}`), median(`prefill wllama ${threads}`), 'tok/s', 4);
    row(`decode, ${name}, over wllama's`, median(`decode ${own}`), median(`decode wllama ${threads}`), 'tok/s', 2.5);
  }
  for (const what of ['prefill', 'decode', 'train']) row(`${what}, ${flavour}, 2 threads over 1`, median(`${what} ${flavour} 2`), median(`${what} ${flavour} 1`), 'tok/s', 1.8);
  const peak = median(`peak ${flavour}`);
  row(`train, ${flavour}, of the multiply-add peak`, median(`train ${flavour} 1`) * median('flops per token') / 1e9, peak, 'GFLOPS', 0.6);
  row(`float32 product, ${flavour}, of the peak`, median(`gemm ${flavour}`), peak, 'GFLOPS', flavour === 'plain' ? 0.9 : 0.85);
  row(`int4 matrix-vector, ${flavour}, over onnxruntime's`, median(`int4 ${flavour}`), median('int4 ort'), 'GFLOPS', 8);
}
row("float32 product, relaxed, over onnxruntime's", median('gemm relaxed'), median('gemm ort'), 'GFLOPS', 1.2);
row("chat, the page's largest memory, over wllama's", median('memory ours'), median('memory wllama'), 'MiB', 1, true);
for (const [url, path] of Object.entries(files).filter(([url]) => url.startsWith('/packages/'))) {
  const bytes = readFileSync(path);
  row(`${url.split('/').at(-1)}, gzip -9, of 500 KB`, execFileSync('gzip', ['-9c', path]).length / 1000, 500, 'KB', 1, true);
  console.log(`${''.padEnd(44)} ${(bytes.length / 1000).toFixed(1)} KB raw, ${(brotliCompressSync(bytes).length / 1000).toFixed(1)} KB brotli`);
}
const file = process.argv[process.argv.indexOf('--json') + 1];
if (process.argv.includes('--json')) writeFileSync(file, JSON.stringify(figures, null, 1));
if (missed) console.log(`${missed} row(s) missed their target`);
process.exitCode = missed ? 1 : 0;
