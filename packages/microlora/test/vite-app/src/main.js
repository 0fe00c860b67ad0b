import init, { MicroLoRA } from 'microlora';
import { WasmMicroLoRA } from 'microlora/learning';
import { MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';

await init();
const lora = new MicroLoRA({ inputDim: 16, outputDim: 16 });
const loss = lora.adapt(new Float32Array(16).fill(1), new Float32Array(16).fill(1));
const same = new WasmMicroLoRA(16).forward_array(new Float32Array(16).fill(2))[3];
const zero = new MicroLoraWasm(new MicroLoraConfigWasm()).apply(new Float32Array(768).fill(1))[5];
document.title = `done ${loss} ${same} ${zero}`;
