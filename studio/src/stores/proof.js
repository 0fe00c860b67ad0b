// The gradient check: slopes of the loss, as the backward says and as differences of the loss say.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { ask, on } from '../engine/client.js';

export const useProof = defineStore('proof', () => {
  /** @type {import('vue').ShallowRef<{ direction: number, backward: number, central: number, difference: number, parameters: number }[]>} */
  const directions = shallowRef([]);
  const busy = ref(false);
  /** @type {import('vue').ShallowRef<import('../workers/rpc.js').Problem | null>} */
  const problem = shallowRef(null);
  on('direction', ({ direction }) => { directions.value = [...directions.value, direction]; });

  async function check() {
    directions.value = [];
    problem.value = null;
    busy.value = true;
    try {
      await ask('checkGradient');
    } catch (error) {
      problem.value = /** @type {any} */ (error).problem;
    } finally {
      busy.value = false;
    }
  }
  return { directions, busy, problem, check };
});
