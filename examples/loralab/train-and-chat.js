// Trains an adapter on a corpus and asks the same question without it and with it:
//   node examples/loralab/train-and-chat.js [MODEL [CORPUS [QUESTION [STEPS]]]]
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../../packages/loralab/src/index.js';

const [path = 'smollm2-135m', corpus = fileURLToPath(new URL('../harbour-log.jsonl', import.meta.url)),
  question = 'What is the water like at the north pier this morning?', steps = 60] = process.argv.slice(2);

const engine = await createEngine();
const model = await engine.loadModel(path);
console.log(`${path}: ${model.info.family}, ${model.info.layers} layers; ${engine.flavour}`);

/** @param {import('../../packages/loralab/src/generation.js').AdapterChoice} adapter */
async function ask(adapter) {
  for await (const { text } of model.chat([{ role: 'user', content: question }], { adapter, maxTokens: 80 })) process.stdout.write(text);
  console.log();
}

console.log(`\nWithout an adapter: ${question}`);
await ask(null);

const run = await model.train({ corpus: await readFile(corpus), name: basename(corpus), steps: Number(steps), val_fraction: 0 });
console.log(`\nTraining ${run.info.parameters} parameters on ${run.info.tokens} tokens`);
for await (const { step, loss, tokens_per_s } of run)
  if (step % 10 === 0) console.log(`step ${step} of ${run.info.steps}: loss ${loss.toFixed(3)}, ${tokens_per_s.toFixed(0)} tokens/s`);

console.log(`\nWith the adapter: ${question}`);
await ask(run);

await writeFile('adapter.zip', await run.adapter().toPeftZip());
console.log('\nadapter.zip holds it as PEFT loads it.');
engine.dispose();
