// The main face: learning from targets.
import { integer, refuse } from './errors.js';
import { toFloats } from './handle.js';
import { MicroLoRA } from './micro-lora.js';

export { init as default, initSync, reserve } from './module.js';
export { MicroLoraError } from './errors.js';
export { MicroLoRA };

/**
 * @typedef {import('./micro-lora.js').LoRAConfig} LoRAConfig
 * @typedef {import('./micro-lora.js').Example} Example
 * @typedef {import('./handle.js').Vector} Vector
 */

/**
 * Adapts a weight matrix to examples in one call: W0 + the delta that was learned.
 * @param {Vector} baseWeights
 * @param {Omit<LoRAConfig, 'baseWeights'> & { examples: Example[], epochs?: number }} config adam with a rate
 *   of 0.01 unless said otherwise, 100 passes over the examples
 * @returns {Float32Array}
 */
export function adaptWeights(baseWeights, { examples, epochs = 100, optimizer = 'adam', learningRate = 0.01, ...config }) {
  integer(epochs, 'epochs', 0, 1e6);
  const lora = new MicroLoRA({ ...config, optimizer, learningRate });
  const base = new MicroLoRA({ ...config, baseWeights });
  try {
    // The target less what W0 gives anyway: the large matrix is then multiplied only once an example.
    const wanted = examples.map(({ input, target }) => {
      const rest = base.predict(input), goal = toFloats(target, 'target');
      if (goal.length !== rest.length) refuse('length', 'target', `${rest.length} numbers`, goal.length);
      return { input, target: goal.map((v, i) => v - rest[i]) };
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
