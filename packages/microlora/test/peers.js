// The published packages, made ready in Node (whose `await init()` they do not support).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as learning from '@ruvector/learning-wasm/ruvector_learning_wasm.js';
import * as ruvllm from '@ruvector/ruvllm-wasm/ruvllm_wasm.js';

const { resolve } = createRequire(import.meta.url);
const bytes = (/** @type {string} */ file) => readFileSync(resolve(file));
export const learningMemory = learning.initSync({ module: bytes('@ruvector/learning-wasm/ruvector_learning_wasm_bg.wasm') }).memory;
ruvllm.initSync({ module: bytes('@ruvector/ruvllm-wasm/ruvllm_wasm_bg.wasm') });
export { learning, ruvllm };
