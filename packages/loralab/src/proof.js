// Proof: what a model computes from given ids down to every gradient, and its gradients beside differences of its loss.
import { joined } from './bytes.js';
import { throwIfAborted } from './errors.js';
import { chosen } from './generation.js';
import { readTensors } from './tensors.js';

/**
 * @typedef {import('./generation.js').AdapterChoice} AdapterChoice
 * @typedef {import('./tensors.js').Tensor} Tensor
 *
 * @typedef {object} ProbeOptions as of `lora-lab probe`
 * @property {number[][]} ids rows of the same length, each a sequence of its own
 * @property {number[][]} [labels] as ids, -100 where nothing counts
 * @property {boolean} [grads] also the gradients
 * @property {number} [trainSteps] so many AdamW steps of the adapter on these ids @property {number} [lr] @property {number} [weightDecay]
 * @property {number} [continue] also so many tokens of the first row's greedy continuation
 * @property {AdapterChoice} [adapter] left out, what loadAdapter() set
 *
 * @typedef {object} ProbeResult
 * @property {number} loss @property {number} tokens
 * @property {Record<string, Tensor>} tensors logits, loss, loss_masked, hidden.i, grad_hidden.i, grad.KEY, train_loss, trained.KEY, greedy
 *
 * @typedef {Omit<import('./requests.js').Requests['next_direction']['answered'], 'over'> & { loss: number, directions: number }} Direction
 *   `backward` is the slope that the gradient says, `central` that of the differences, `difference` how far they are apart,
 *   as a share of the larger; `parameters` are those that the direction moves
 */

/** @param {import('./protocol.js').Channel} channel @param {number} model @param {ProbeOptions} options @returns {Promise<ProbeResult>} */
export async function probe(channel, model, { ids, labels, grads = false, trainSteps = 0, lr, weightDecay, continue: more = 0, adapter }) {
  const path = 'probe.safetensors';
  const { answer, taken: [pieces] } = await channel.take({ do: 'probe', model, ...chosen(adapter), path, ids, labels, grads, train_steps: trainSteps, lr, weight_decay: weightDecay, continue: more }, [path]);
  return { ...answer, tensors: readTensors(joined(pieces)) };
}

/**
 * @param {import('./protocol.js').Channel} channel @param {number} model
 * @param {{ ids?: number[][], directions?: number, adapter?: AdapterChoice, signal?: AbortSignal }} options
 * @returns {AsyncGenerator<Direction, void, void>}
 */
export async function* checkGradient(channel, model, { ids, directions = 4, adapter, signal }) {
  throwIfAborted(signal);
  const { check, loss } = await channel.call({ do: 'check_gradient', model, ...chosen(adapter), ids, directions });
  try {
    for (let over = false; !over;) {
      throwIfAborted(signal);
      const { over: last, ...direction } = await channel.call({ do: 'next_direction', check });
      over = last;
      yield { ...direction, loss, directions };
    }
  } finally {
    await channel.call({ do: 'close', check }).catch(() => {});
  }
}
