// What bench.js asks for in a page: loralab, its kernels, and their peers on the same work.
import { createEngine } from '/packages/loralab/src/index.js';
import { matMul, matMulNBits } from './onnx.js';

const MODEL = '/model.gguf';

/** @param {{ threads: number, relaxed: boolean }} options */
export async function ours(options) {
  const engine = await createEngine(options);
  const model = await engine.loadModel(MODEL);
  /** @type {any} */
  let run;
  return {
    /** @param {string} prompt @param {number} tokens */
    async generate(prompt, tokens) {
      let stats, count = 0;
      for await (const token of model.generate(prompt, { maxTokens: tokens, temperature: 0 })) {
        ++count;
        stats = token.stats ?? stats;
      }
      return { prefill: stats.prefillTokens / stats.prefillS, decode: count / stats.decodeS };
    },
    /** One training step's tokens a second. @param {object} settings */
    async step(settings) {
      run ??= await model.train({ ...settings, corpus: await (await fetch('/corpus.jsonl')).arrayBuffer(), name: 'corpus.jsonl' });
      for await (const { tokens_per_s } of run) return tokens_per_s;
    },
    /** @param {object} settings */
    async flopsPerToken(settings) {
      const plan = await model.plan({ ...settings, corpus: await (await fetch('/corpus.jsonl')).arrayBuffer(), name: 'corpus.jsonl' });
      return plan.flops_per_token;
    },
    dispose: () => engine.dispose(),
  };
}

/** @param {{ threads: number }} options */
export async function wllama({ threads }) {
  const { Wllama } = await import('/bench/web/node_modules/@wllama/wllama/esm/index.js');
  const engine = new Wllama({ default: '/bench/web/node_modules/@wllama/wllama/esm/wasm/wllama.wasm' }, { suppressNativeLog: true });
  await engine.loadModel([await (await fetch(MODEL)).blob()], { n_threads: threads, n_ctx: 2048, n_gpu_layers: 0 });
  return {
    /** @param {string} prompt @param {number} tokens */
    async generate(prompt, tokens) {
      const { timings } = await engine.createCompletion({ prompt, max_tokens: tokens, temperature: 0 });
      return { prefill: timings.prompt_per_second, decode: timings.predicted_per_second, threads: engine.getNumThreads() };
    },
    dispose: () => engine.exit(),
  };
}

/** @param {{ relaxed: boolean, threads: number }} options */
export async function kernels({ relaxed, threads }) {
  const worker = new Worker('/bench/web/kernel-worker.js', { type: 'module' });
  const ask = (/** @type {any[]} */ ...request) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { result, error } }) => (error ? reject(new Error(error)) : resolve(result));
    worker.postMessage(request);
  });
  await ask('start', `/kernels_bench${relaxed ? '.relaxed' : ''}${threads > 1 ? '.threads' : ''}.wasm`, threads);
  return { peak: () => ask('peak'), product: (/** @type {object} */ product) => ask('product', product) };
}

/** onnxruntime-web on one thread. */
export async function onnxruntime() {
  const ort = await import('/bench/web/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs');
  Object.assign(ort.env.wasm, { numThreads: 1, wasmPaths: '/bench/web/node_modules/onnxruntime-web/dist/' });
  return {
    /** FLOP/s, from the least time. @param {{ m: number, k: number, n: number, type: number }} product */
    async product({ m, k, n, type }) {
      const session = await ort.InferenceSession.create((type === 0 ? matMul : matMulNBits)(m, k, n));
      const x = new ort.Tensor('float32', Float32Array.from({ length: m * k }, (_, i) => Math.cos(i)), [m, k]);
      let least = Infinity;
      for (const end = performance.now() + 600; performance.now() < end;) {
        const begun = performance.now();
        await session.run({ x });
        least = Math.min(least, performance.now() - begun);
      }
      await session.release();
      return 2 * m * k * n / least * 1000;
    },
  };
}

/** Things that have been opened, by name. @type {Map<string, any>} */
const open = new Map();
const kinds = { ours, wllama, kernels, onnxruntime };
Object.assign(window, {
  bench: {
    /** @param {string} name @param {keyof typeof kinds} kind @param {any} options */
    open: async (name, kind, options) => void open.set(name, await kinds[kind](options)),
    /** @param {string} name @param {string} method @param {any[]} given */
    ask: (name, method, ...given) => open.get(name)[method](...given),
  },
});
