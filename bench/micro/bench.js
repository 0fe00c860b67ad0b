// MicroLoRA beside the published packages: one run, interleaved, medians. Exits with 1 when a row misses
// its target. `--quick` takes fewer rounds, for a look; `--only TEXT` measures the rows whose name has the
// text, without means, native rows and sizes; `--json FILE` also writes the figures.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { nativeRows } from './native.js';

const root = fileURLToPath(new URL('../../packages/microlora/', import.meta.url));
const require = createRequire(join(root, 'package.json'));
const load = (/** @type {string} */ path) => import(join(root, path));
const { default: init, WasmMicroLoRA } = await load('dist/learning.js');
const { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } = await load('dist/ruvllm.js');
const { learning, learningMemory, ruvllm } = await load('test/peers.js');
const option = (/** @type {string} */ name) => process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;
const rounds = process.argv.includes('--quick') ? 15 : 61, only = option('--only'), file = option('--json');
await init();

const vector = (/** @type {number} */ n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) / 2);

/** @param {any} api @param {number} dim */
function ruvllmPair(api, dim) {
  const [Config, Lora, Feedback] = api === ruvllm
    ? [ruvllm.MicroLoraConfigWasm, ruvllm.MicroLoraWasm, ruvllm.AdaptFeedbackWasm] : [MicroLoraConfigWasm, MicroLoraWasm, AdaptFeedbackWasm];
  const config = Object.assign(new Config(), { inFeatures: dim, outFeatures: dim });
  const lora = new Lora(config), feedback = new Feedback(0.9), x = vector(dim);
  for (let i = 0; i < 7; ++i) (lora.adapt(x, feedback), lora.applyUpdates(0.01));
  return { lora, feedback, x, Lora };
}

const x = vector(256), g = vector(256), out = new Float32Array(256), buffer = new Float32Array(256);
const theirs = new learning.WasmMicroLoRA(256, 0.1, 1e-4), ours = new WasmMicroLoRA(256, 0.1, 1e-4);
new Float32Array(learningMemory.buffer, theirs.get_input_ptr(), 256).set(x);
ours.input.set(x);
const wide = { 768: [ruvllmPair(ruvllm, 768), ruvllmPair(null, 768)], 4096: [ruvllmPair(ruvllm, 4096), ruvllmPair(null, 4096)] };
const texts = wide[768].map(({ lora }) => lora.toJson());
const many = vector(256 * 64), manyOut = new Float32Array(256 * 64);
const batch = new WasmMicroLoRA(256, 0.1, 1e-6);

/** @type {[string, number, () => unknown, () => unknown, number][]} name, calls, ours, theirs, target ratio */
let rows = [
  ['forward 256-d, zero-copy', 2000, () => ours.forward(), () => theirs.forward(), 8],
  ['forward 256-d, array in, new array out', 500, () => ours.forward_array(x), () => theirs.forward_array(x), 3],
  ["forward 256-d, array in, caller's out", 1000, () => ours.forward_array(x, out), () => theirs.forward_array(x), 6],
  ['adapt 256-d, array', 500, () => ours.adapt_array(g), () => theirs.adapt_array(g), 3],
  ['adapt 256-d, reward', 500, () => ours.adapt_with_reward(0.1), () => theirs.adapt_with_reward(0.1), 1],
];
for (const [dim, apply, adapt] of [[768, 6, 5], [4096, 5, 5]]) {
  const [a, b] = wide[dim];
  rows.push([`apply ${dim}-d r2`, 100, () => b.lora.apply(b.x), () => a.lora.apply(a.x), apply]);
  rows.push([`adapt + applyUpdates ${dim}-d r2`, 100, () => (b.lora.adapt(b.x, b.feedback), b.lora.applyUpdates(1e-6)),
    () => (a.lora.adapt(a.x, a.feedback), a.lora.applyUpdates(1e-6)), adapt]);
}
rows.push(['toJson 768-d r2', 4, () => wide[768][1].lora.toJson().length, () => wide[768][0].lora.toJson().length, 2]);
rows.push(['fromJson 768-d r2', 4, () => MicroLoraWasm.fromJson(texts[1]).free(), () => ruvllm.MicroLoraWasm.fromJson(texts[0]).free(), 2]);
if (only !== undefined) rows = rows.filter(([name]) => name.includes(only));
const extra = only !== undefined ? {} : {
  floor: () => (buffer.set(x), new Float32Array(256)),
  single: () => batch.forward_array(many.subarray(0, 256), out),
  rows64: () => batch.forwardBatch(many, manyOut),
  learn: () => (batch.forward_array(many.subarray(0, 256), out), batch.adapt_array(g)),
  learn64: () => batch.adaptBatch(many, many),
};

/**
 * Microseconds a call, after as many that only clear away what other rows left in caches and heap. Short, so that
 * other programs seldom come in between.
 * @param {() => unknown} call @param {number} calls
 */
function time(call, calls) {
  for (let i = 0; i < calls; ++i) call();
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; ++i) call();
  return Number(process.hrtime.bigint() - start) / calls / 1000;
}
const median = (/** @type {number[]} */ list) => list.sort((a, b) => a - b)[list.length >> 1];

/** @type {Record<string, number[]>} */
const times = {};
for (let round = -10; round < rounds; ++round) {
  const note = (/** @type {string} */ key, /** @type {number} */ value) => round >= 0 && (times[key] ??= []).push(value);
  for (const [name, calls, own, other] of rows) {
    note(name, time(own, calls));
    note(`${name} peer`, time(other, calls));
  }
  for (const [name, call] of Object.entries(extra)) note(name, time(call, name.endsWith('64') ? 10 : 500));
}
const value = (/** @type {string} */ key) => median(times[key]);

let missed = 0, product = 1;
/** @param {string} name @param {string} got @param {string} wanted @param {boolean} good */
const line = (name, got, wanted, good) => {
  if (!good) ++missed;
  console.log(`| ${name.padEnd(40)} | ${got.padEnd(34)} | ${wanted.padEnd(12)} | ${good ? 'yes' : 'MISSED'} |`);
};
console.log(`Node ${process.version}, medians of ${rounds} interleaved rounds, microseconds: ours, published, ratio\n`);
console.log(`| ${'row'.padEnd(40)} | ${'measured'.padEnd(34)} | ${'target'.padEnd(12)} | met |\n|---|---|---|---|`);
for (const [name, , , , target] of rows) {
  const own = value(name), other = value(`${name} peer`), ratio = other / own;
  product *= ratio;
  line(name, `${own.toFixed(3)} / ${other.toFixed(3)} = ${ratio.toFixed(1)}x`, `>= ${target}x`, ratio >= target);
}
if (only === undefined) await whole();
if (file !== undefined) {
  writeFileSync(file, JSON.stringify(Object.fromEntries(Object.keys(times).map((k) => [k, value(k)])), null, 1));
}
console.log(missed ? `\n${missed} rows missed their target` : '\nall rows met their target');
process.exitCode = missed ? 1 : 0;

/** The rows that are about all of it: means, batches, the C++ library, sizes. */
async function whole() {
  const mean = product ** (1 / rows.length);
  line('geometric mean', `${mean.toFixed(2)}x`, '>= 5x', mean >= 5);
  const over = value('forward 256-d, array in, new array out') / value('floor');
  line('array in, new array out / floor', `${value('floor').toFixed(3)} floor, ${over.toFixed(2)}x`, '<= 1.5x', over <= 1.5);
  line('forwardBatch of 64, a vector', `${(value('rows64') / 64).toFixed(3)} / ${value('single').toFixed(3)} single`, '< single', value('rows64') / 64 < value('single'));
  line('adaptBatch of 64, a vector', `${(value('learn64') / 64).toFixed(3)} / ${value('learn').toFixed(3)} single`, '< single', value('learn64') / 64 < value('learn'));

  console.log('\nC++, nanoseconds: forward, and only reading its weights from the first cache; behind it, moving all its floats');
  for (const { dim, forward, reading, moving } of nativeRows()) {
    line(`forward ${dim}-d r2, native`, `${forward.toFixed(1)} / ${reading.toFixed(1)} = ${(forward / reading).toFixed(2)}x (${moving.toFixed(1)})`, '<= 1.3x', forward <= 1.3 * reading);
  }

  const size = (/** @type {Uint8Array} */ bytes) => [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  const sizes = (/** @type {number[]} */ list) => list.map((n) => (n / 1000).toFixed(2)).join(' / ');
  console.log('\nSizes in KB (1000 bytes): raw / gzip / brotli');
  const published = size(readFileSync(require.resolve('@ruvector/learning-wasm/ruvector_learning_wasm_bg.wasm')));
  for (const name of ['microlora.wasm', 'microlora.relaxed.wasm']) {
    const own = size(readFileSync(join(root, 'wasm', name)));
    line(`${name}, published ${sizes(published)}`, sizes(own), '<= 20 / 8', own[0] <= 20000 && own[1] <= 8000);
  }
  for (const face of ['index', 'ruvllm', 'learning']) {
    const own = size(await bundled(join(root, `dist/${face}.js`)));
    line(`JavaScript of ${face === 'index' ? 'the main face' : face}, minified`, sizes(own), '<= 3 gzip', own[1] <= 3000);
  }
  const folder = join(root, '../../build/micro'), entry = join(folder, 'one-class.js');
  mkdirSync(folder, { recursive: true });
  writeFileSync(entry, `import init, { WasmMicroLoRA } from ${JSON.stringify(join(root, 'dist/learning.js'))};\nglobalThis.use = [init, WasmMicroLoRA];`);
  console.log(`An application that takes only init and WasmMicroLoRA from learning: ${sizes(size(await bundled(entry)))}`);
}

/** An entry and all it imports, as Vite builds it. @param {string} input @returns {Promise<Uint8Array>} */
async function bundled(input) {
  const { build } = await import(join(dirname(require.resolve('vite/package.json')), 'dist/node/index.js'));
  const { output } = await build({ logLevel: 'silent', configFile: false, build: { write: false, minify: true, target: 'es2022', assetsInlineLimit: 0,
    rollupOptions: { input, preserveEntrySignatures: 'strict', output: { format: 'es' } } } });
  return Buffer.from(output.filter((/** @type {any} */ o) => o.type === 'chunk').map((/** @type {any} */ o) => o.code).join(''));
}
