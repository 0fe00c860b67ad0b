// The package loralab in Node beside the native program: one run, interleaved, medians, tokens a second.
// `--quick` takes one round; `--threads N` compares with N threads instead of one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createEngine } from '../../packages/loralab/src/index.js';
import { corpus, modelPath, program } from '../../packages/loralab/test/helpers.js';

const threads = Number(process.argv[process.argv.indexOf('--threads') + 1]) || 1;
const rounds = process.argv.includes('--quick') ? 1 : 3;
const STEPS = 5, CONTEXT = 256, NEW = 48;
const text = readFileSync(corpus, 'utf8').slice(0, 1600);
const scratch = mkdtempSync(join(tmpdir(), 'loralab-bench-'));
const rows = { prefill: { wasm: [], native: [] }, decode: { wasm: [], native: [] }, train: { wasm: [], native: [] } };
const median = (/** @type {number[]} */ list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const native = (/** @type {string[]} */ ...args) =>
  JSON.parse(execFileSync(program, [...args, '--model', modelPath, '--threads', String(threads), '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));

const engine = await createEngine({ threads });
const started = performance.now();
const model = await engine.loadModel(modelPath);
const loadS = (performance.now() - started) / 1000;
for (let round = 0; round < rounds; ++round) {
  const prompt = `${round} ${text}`;  // another beginning, so that nothing is in the cache already
  for await (const { stats } of model.generate(prompt, { maxTokens: NEW })) {
    if (!stats) continue;
    rows.prefill.wasm.push(stats.prefillTokens / stats.prefillS);
    rows.decode.wasm.push(NEW / stats.decodeS);
  }
  const generated = native('generate', '--prompt', prompt, '--max-tokens', String(NEW));
  rows.prefill.native.push(generated.prefill_tokens_per_s);
  rows.decode.native.push(generated.decode_tokens_per_s);

  const run = await model.train({ corpus: readFileSync(corpus), name: 'harbour-log.jsonl', steps: STEPS, context: CONTEXT, val_fraction: 0 });
  const steps = [];
  for await (const { tokens_per_s } of run) steps.push(tokens_per_s);
  await run.dispose();
  rows.train.wasm.push(median(steps));
  rows.train.native.push(native('train', '--data', corpus, '--out', join(scratch, `${round}`), '--steps', String(STEPS), '--context', String(CONTEXT),
    '--val-fraction', '0', '--eval-every', '0').tokens_per_s);
}
engine.dispose();
rmSync(scratch, { recursive: true });

console.log(`${threads} thread(s), ${rounds} round(s), Node ${process.version}; the model loads in ${loadS.toFixed(2)} s`);
for (const [name, { wasm, native }] of Object.entries(rows)) {
  const [w, n] = [median(wasm), median(native)];
  console.log(`${name.padEnd(8)} wasm ${w.toFixed(1).padStart(7)} tok/s   native ${n.toFixed(1).padStart(7)} tok/s   ${(w / n).toFixed(2)} of native`);
}
for (const name of ['loralab.wasm', 'loralab.threads.wasm']) {
  const path = fileURLToPath(new URL(`../../packages/loralab/wasm/${name}`, import.meta.url));
  console.log(`${name}: ${statSync(path).size} bytes, ${gzipSync(readFileSync(path), { level: 9 }).length} with gzip`);
}
