// The main face: learning from targets.
import { number, refuse } from './errors.js';
import { MicroLoRA } from './micro-lora.js';
import { toFloats } from './values.js';

export { init as default, initSync, reserve } from './module.js';
export { MicroLoraError } from './errors.js';
export { MicroLoRA };

/**
 * @typedef {import('./micro-lora.js').LoRAConfig} LoRAConfig
 * @typedef {import('./micro-lora.js').Example} Example
 * @typedef {import('./values.js').Vector} Vector
 */

/**
 * Adapts a weight matrix to examples in one call: W0 + the delta that was learned.
 * @param {Vector} baseWeights
 * @param {Omit<LoRAConfig, 'baseWeights'> & { examples: Example[], epochs?: number }} config adam with a rate
 *   of 0.01 unless said otherwise, 100 passes over the examples
 * @returns {Float32Array}
 */
export function adaptWeights(baseWeights, { examples, epochs = 100, optimizer = 'adam', learningRate = 0.01, ...config }) {
  number(epochs, 'epochs', 0, 1e6, true);
  const lora = new MicroLoRA({ ...config, optimizer, learningRate });
  const base = new MicroLoRA({ ...config, baseWeights });
  try {
    // The target less what W0 gives anyway: the large matrix is then multiplied only once an example.
    const wanted = examples.map(({ input, target }) => {
      const rest = base.predict(input);
      return { input, target: toFloats(target, 'target', rest.length).map((v, i) => v - rest[i]) };
    });
    for (let i = 0; i < epochs; ++i) lora.adaptBatch(wanted);
    return lora.apply(baseWeights);
  } finally {
    base.free();
    lora.free();
  }
}

/**
 * Takes an adapter back to its initial state, whose delta is zero.
 * @param {MicroLoRA} adapter
 */
export function resetAdapter(adapter) {
  if (!(adapter instanceof MicroLoRA)) refuse('type', 'adapter', 'a MicroLoRA', adapter);
  adapter.reset();
}
