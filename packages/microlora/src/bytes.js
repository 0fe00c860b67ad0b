// An adapter of the main face as bytes, little-endian: magic, version, checksum of W0, what the module keeps of the
// configuration and the counters, weights and moments, checksum.
import { refuse } from './errors.js';
import { padded } from './memory.js';
import { floats, wasm, words } from './module.js';

const MAGIC = 0x41524c4d, VERSION = 1, HEAD = 4, STATE = 16;

/** @typedef {import('./micro-lora.js').MicroLoRA} MicroLoRA */

/** @param {Uint8Array} bytes CRC-32, as zip and PNG use it */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 && 0xedb88320);
  }
  return ~crc >>> 0;
}
/** The checksum of bytes that end in their own checksum. */
const INTACT = 0x2144df1c;

/**
 * How many floats A and B have, and with Adam their moments, in rows padded with zeros.
 * @param {ArrayLike<number>} state
 */
const size = ({ 0: n, 1: m, 2: rank, 7: adam }) => (padded(n) + padded(m)) * ((rank + 1) & ~1) * (adam ? 3 : 1);

/**
 * What there is of an adapter in memory, and the checksum of its W0.
 * @param {MicroLoRA} lora
 */
function parts({ _p: fit, _adapter: adapter }) {
  const at = wasm.fit_state(fit), state = words(at, STATE), [n, m] = state, [base] = words(at + 68, 1);
  state[9] = 0; // between the fields
  return { state, values: floats(words(adapter + 28, 1)[0], size(state)),
    sum: base && crc32(new Uint8Array(wasm.memory.buffer, base, n * padded(m) * 4)) };
}

/** @param {MicroLoRA} lora */
export function writeTrainer(lora) {
  const { state, values, sum } = parts(lora), file = new Uint32Array(HEAD + STATE + values.length + 1), bytes = new Uint8Array(file.buffer);
  file.set([MAGIC, VERSION, sum, 0, ...state]);
  new Float32Array(file.buffer).set(values, HEAD + STATE);
  file[file.length - 1] = crc32(bytes.subarray(0, -4));
  return bytes;
}

/**
 * @param {Uint8Array} data
 * @param {import('./values.js').Vector | undefined} baseWeights
 * @param {(config: import('./micro-lora.js').LoRAConfig) => MicroLoRA} make
 */
export function readTrainer(data, baseWeights, make) {
  if (!(data instanceof Uint8Array)) refuse('type', 'data', 'a Uint8Array', data);
  const bytes = data.slice(), least = (HEAD + STATE + 1) * 4;
  if (bytes.length < least) refuse('bytes', 'data', `at least ${least} bytes`, bytes.length);
  const [magic, version, sum, , ...state] = new Uint32Array(bytes.buffer, 0, HEAD + STATE);
  if (magic !== MAGIC) refuse('bytes', 'data', 'the bytes of a saved adapter', 'others');
  if (version !== VERSION) refuse('version', 'version', VERSION, version);
  if (crc32(bytes) !== INTACT) refuse('checksum', 'data', 'the bytes as they were saved', 'changed ones');
  const length = least + size(state) * 4;
  if (bytes.length !== length) refuse('shape', 'data', `${length} bytes`, bytes.length);
  const numbers = new Float32Array(bytes.buffer, 0, length / 4 - 1), values = numbers.subarray(HEAD + STATE);
  if (!values.every((v) => Math.abs(v) <= 1e24)) refuse('finite', 'data', 'finite weights', 'others');
  const [inputDim, outputDim, rank, , , , , adam, base, , low, high] = state, [alpha, learningRate, dropout, initScale] = numbers.subarray(HEAD + 3);
  if (!base !== !baseWeights) refuse('base', 'baseWeights', base ? 'the weights it was saved with' : 'none', base ? 'none' : 'some');

  const lora = make({ inputDim, outputDim, rank, alpha, learningRate, dropout, initScale, seed: low + high * 2 ** 32,
    optimizer: adam ? 'adam' : 'sgd', baseWeights });
  const inside = parts(lora);
  if (inside.sum !== sum) {
    lora.free();
    refuse('base', 'baseWeights', 'the weights it was saved with', 'others');
  }
  inside.values.set(values);
  inside.state.set(state.slice(12), 12); // the counters; the constructor has checked the rest
  return lora;
}
