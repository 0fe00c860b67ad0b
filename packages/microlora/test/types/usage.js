// Checked, not run: the generated types accept right use and refuse wrong use.
import init, { MicroLoRA, adaptWeights, resetAdapter, MicroLoraError } from 'microlora';
import initLearning, { WasmMicroLoRA, WasmScopedLoRA, WasmTrajectoryBuffer, initSync } from 'microlora/learning';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraStatsWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { sum, truncate } from 'microlora/arithmetic';
import { fromSafetensors, toAdapter, toSafetensors } from 'microlora/safetensors';
import { getWeights, setWeights } from 'microlora/weights';

/** @type {{ readonly memory: WebAssembly.Memory }} */
const instance = await init();
await initLearning(new URL('file:///module.wasm'), { relaxed: false });
initSync({ module: new Uint8Array() });

const lora = new MicroLoRA({ inputDim: 4, outputDim: 4, optimizer: 'adam' });
/** @type {number} */
const loss = lora.adapt(new Float32Array(4), [1, 2, 3, 4]);
/** @type {number} */
const mean = lora.adaptBatch([{ input: new Float32Array(4), target: new Float32Array(4) }]);
lora.adaptBatch(new Float32Array(8), new Float32Array(8));
/** @type {Float32Array} */
const y = lora.predict(lora.input, lora.output);
/** @type {Uint8Array} */
const bytes = lora.save();
resetAdapter(MicroLoRA.load(bytes));
adaptWeights(new Float32Array(16), { inputDim: 4, outputDim: 4, examples: [] });
// @ts-expect-error outputDim is required
new MicroLoRA({ inputDim: 4 });
// @ts-expect-error no such optimizer
new MicroLoRA({ inputDim: 4, outputDim: 4, optimizer: 'lion' });
// @ts-expect-error numbers, not text
lora.adapt('1 2 3', new Float32Array(4));

const online = new WasmMicroLoRA(256, null, 0.01, { ascend: true });
/** @type {bigint} */
const count = online.adapt_count();
online.adapt_with_reward(0.1);
// @ts-expect-error an operator is needed
new WasmScopedLoRA().forward_array(new Float32Array(256));
/** @type {string} */
const name = WasmScopedLoRA.scope_name(3);
new WasmTrajectoryBuffer(10, 4).window().successRate.toFixed();

const config = new MicroLoraConfigWasm();
config.rank = 2;
const adapter = new MicroLoraWasm(config), feedback = new AdaptFeedbackWasm(0.8);
feedback.gradient = new Float32Array(768);
adapter.adapt(adapter.apply(new Float32Array(768)), feedback);
/** @type {MicroLoraStatsWasm} */
const stats = MicroLoraWasm.fromJson(adapter.toJson()).stats();
// @ts-expect-error feedback is an object of its class
adapter.adapt(new Float32Array(768), 0.8);
// @ts-expect-error read-only
stats.samplesSeen = 3;

truncate(sum([{ adapter, weight: 0.5 }, { adapter: online }]), 2).free();
toAdapter(fromSafetensors(toSafetensors({ q_proj: lora })).q_proj)[Symbol.dispose]();
setWeights(adapter, getWeights(adapter));
// @ts-expect-error no part of the interface
lora._live();
/** @type {MicroLoraError['code']} */
const code = 'length';
export { instance, loss, mean, y, count, name, code };
