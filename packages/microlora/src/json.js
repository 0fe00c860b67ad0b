// The adapter of the ruvllm face as JSON: the object by JSON.parse, its long arrays by the module.
import { LARGE, MOST, MicroLoraError, number, refuse } from './errors.js';
import { columns, dimension, padded, rows } from './memory.js';
import { borrow, floats, wasm, words } from './module.js';
import { toFinite } from './values.js';

const VERSION = 1, LONGEST_NUMBER = 16, COUNT = 2 ** 32 - 1;
const encoder = new TextEncoder(), decoder = new TextDecoder();

/**
 * The first field of an adapter's state. Behind it: samples, scores, the gradient's A and B, its count, the explorer's
 * phase, draw and floats.
 * @param {number} state
 */
export const qualitySum = (state) => new Float64Array(wasm.memory.buffer, state, 1);

/**
 * @param {number} feed
 * @param {number} adapter
 * @param {number} seed
 */
export function writeAdapter(feed, adapter, seed) {
  const [n, m, rank] = words(adapter, 3), [a, b] = words(adapter + 28, 2), at = wasm.feed_state(feed);
  const [samples_seen, scores, ga, gb, grad_count, phase, draw] = words(at + 8, 7);
  const text = JSON.stringify({
    adapter: { lora_a: [], lora_b: [], scaling: floats(adapter + 12, 1)[0], rank, in_features: n, out_features: m, grad_a: [], grad_b: [], grad_count },
    samples_seen, quality_sum: qualitySum(at)[0], version: VERSION, seed, scores, phase, draw, explore: [],
  }).split(']');
  // What the module is to write into the empty arrays: where, and how many numbers how far apart.
  const matrixA = (/** @type {number} */ from) => [from, n, rank, 1, padded(n)], matrixB = (/** @type {number} */ from) => [from, rank, m, padded(m), 1];
  const arrays = [matrixA(a), matrixB(b), matrixA(ga), matrixB(gb), [at + 36, 1, 4 + rank, 0, 1]];
  return borrow((n + m) * rank * 2 * LONGEST_NUMBER + 2048, (start) => {
    const bytes = new Uint8Array(wasm.memory.buffer);
    let end = start;
    text.forEach((part, i) => {
      end += encoder.encodeInto(i ? `]${part}` : part, bytes.subarray(end)).written;
      if (arrays[i]) end += wasm.core_write_numbers(...arrays[i], end);
    });
    return decoder.decode(bytes.subarray(start, end));
  });
}

/**
 * The text with every array of numbers replaced by its index in `found`: address and length in memory.
 * @param {string} text
 * @param {number} bytes where three bytes a character and 32 more are free
 * @param {[number, number][]} found
 */
function takeArrays(text, bytes, found) {
  const view = new Uint8Array(wasm.memory.buffer, bytes, text.length);
  let numbers = bytes + ((text.length + 19) & ~3);
  return text.split('[').map((piece, i) => {
    const end = piece.indexOf(']');
    if (i && end >= 0) {
      const { read, written } = encoder.encodeInto(piece.slice(0, end), view), at = numbers;
      const count = read < end ? -1 : wasm.core_read_numbers(bytes, written, at);
      if (count >= 0) {
        numbers += count * 4;
        return found.push([at, count]) - 1 + piece.slice(end);
      }
    }
    return piece;
  }).join('[');
}

/**
 * @template {import('./handle.js').Handle} T
 * @param {string} json
 * @param {(config: object) => T} make
 * @returns {T}
 */
export function readAdapter(json, make) {
  if (typeof json !== 'string') refuse('type', 'json', 'a string', json);
  return borrow(json.length * 3 + 32, (bytes) => {
    /** @type {[number, number][]} */
    const arrays = [];
    let data;
    try {
      data = JSON.parse(takeArrays(json, bytes, arrays));
    } catch (error) {
      refuse('json', 'json', 'well-formed JSON', /** @type {Error} */ (error).message);
    }
    const adapter = data?.adapter ?? refuse('json', 'adapter', 'an object', data?.adapter);
    if ((data.version ?? VERSION) !== VERSION) refuse('version', 'version', VERSION, data.version);

    /** @type {(value: unknown, name: string, low?: number, high?: number, whole?: boolean) => number} */
    const real = (value, name, low = 0, high = COUNT, whole = true) => number(value, name, low, high, whole, 'json');
    // Making the adapter can move the memory, so a view is taken anew whenever it is needed.
    /** @type {(of: any, name: string, count: number) => () => Float32Array} */
    const array = (of, name, count) => {
      const found = Array.isArray(of[name]) && arrays[of[name][0]] || refuse('json', name, 'an array of finite numbers', of[name]);
      if (found[1] !== count) refuse('shape', name, `${count} numbers`, found[1]);
      const view = () => floats(found[0], count);
      toFinite(view(), name);
      return view;
    };
    const rank = real(adapter.rank, 'rank', 1, 4), n = dimension(adapter.in_features, 'in_features', 'json');
    const m = dimension(adapter.out_features, 'out_features', 'json'), scaling = real(adapter.scaling, 'scaling', -LARGE, LARGE, false);
    const matrices = ['lora_a', 'lora_b', 'grad_a', 'grad_b'].map((name, i) => array(adapter, name, (i % 2 ? m : n) * rank));
    const gathered = [real(adapter.grad_count, 'grad_count'), real(data.phase ?? 0, 'phase', 0, 2), real(data.draw ?? 0, 'draw')];
    const counts = [real(data.samples_seen, 'samples_seen'), real(data.scores ?? 0, 'scores')];
    const sum = real(data.quality_sum, 'quality_sum', -LARGE, LARGE, false), explore = data.explore && array(data, 'explore', 4 + rank);
    if (explore) {
      const [size, trust, rms, energy] = explore();
      if (!(size >= 0 && trust > 0 && trust <= 1 && rms >= 0 && energy >= 0)) {
        refuse('json', 'explore', 'sizes of 0 or more and a trust in (0, 1]', 'others');
      }
    }
    const lora = make({ rank, inFeatures: n, outFeatures: m, alpha: scaling * rank, seed: real(data.seed ?? 0, 'seed', 0, MOST) });
    const at = wasm.feed_state(lora._p);
    [...words(lora._adapter + 28, 2), ...words(at + 16, 2)].forEach((place, i) =>
      i % 2 ? rows(place, m, rank, matrices[i]()) : columns(place, n, rank, matrices[i]()));
    floats(lora._adapter + 12, 1)[0] = scaling;
    qualitySum(at)[0] = sum;
    words(at + 8, 2).set(counts);
    words(at + 24, explore ? 3 : 1).set(explore ? gathered : [gathered[0]]);
    if (explore) {
      floats(at + 36, 4 + rank).set(explore());
      wasm.feed_restart(lora._p);
    }
    return lora;
  });
}
