// Run by simd.test.js: what a build of the module gives, as text. The argument says which build is wanted.
import init, { MicroLoRA } from 'microlora';
import { WasmMicroLoRA } from 'microlora/learning';
import { getWeights } from 'microlora/weights';
import { normal, random, vector } from './helpers.js';

const relaxed = process.argv[2] === 'relaxed', next = random(5), draw = () => normal(next);
await init(undefined, { relaxed });
const outputs = [], bytes = [];
for (const [inputDim, outputDim, rank] of [[1, 1, 1], [64, 48, 2], [257, 33, 3], [768, 768, 2], [4096, 100, 16]]) {
  const lora = new MicroLoRA({ inputDim, outputDim, rank, optimizer: 'adam', seed: 3 });
  for (let i = 0; i < 20; ++i) lora.adapt(vector(inputDim, draw), vector(outputDim, draw));
  bytes.push(Buffer.from(lora.save()).toString('hex'));
  outputs.push([...lora.predict(vector(inputDim, draw))]);
}
const online = new WasmMicroLoRA(300), x = vector(300, draw);
for (let i = 0; i < 20; ++i) (online.forward_array(x), online.adapt_array(vector(300, draw)), online.adapt_with_reward(next() - 0.5));
outputs.push([...online.forward_array(x)]);
bytes.push(Buffer.from(getWeights(online).loraB.buffer).toString('hex'));
console.log(JSON.stringify({ outputs, bytes }));
