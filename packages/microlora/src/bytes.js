// An adapter of the main face as bytes, little-endian: magic, version, configuration, weights and moments, checksum.
import { refuse } from './errors.js';
import { padded } from './memory.js';
import { floats, wasm, words } from './module.js';
import { toFloats } from './values.js';

const MAGIC = 0x41524c4d, VERSION = 1, HEAD = 88;

/** @typedef {import('./micro-lora.js').LoRAConfig} LoRAConfig */

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
 * How many floats make up the state: A, B and with Adam their moments, in rows padded with zeros.
 * @param {number} n
 * @param {number} m
 * @param {number} rank
 * @param {unknown} adam
 */
const stateSize = (n, m, rank, adam) => (padded(n) + padded(m)) * ((rank + 1) & ~1) * (adam ? 3 : 1);

/**
 * What there is of an adapter in memory: the floats of the state, the counters of steps and random numbers, the
 * checksum of W0.
 * @param {import('./micro-lora.js').MicroLoRA} lora
 */
function parts({ _p: fit, _adapter: adapter, _in: n, _out: m, _rank: rank, _config: { optimizer, baseWeights } }) {
  return { values: floats(words(adapter + 28, 1)[0], stateSize(n, m, rank, optimizer === 'adam')), counters: words(wasm.fit_part(fit, 0), 4),
    sum: baseWeights ? crc32(new Uint8Array(wasm.memory.buffer, wasm.fit_part(fit, 1), n * padded(m) * 4)) : 0 };
}

/** @param {import('./micro-lora.js').MicroLoRA} lora */
export function writeTrainer(lora) {
  const { values, counters, sum } = parts(lora), bytes = new Uint8Array(HEAD + values.length * 4 + 4), { buffer } = bytes;
  const { inputDim, outputDim, rank, alpha, learningRate, dropout, initScale, optimizer, seed, baseWeights } = lora._config;
  new Uint32Array(buffer).set([MAGIC, VERSION, inputDim, outputDim, rank, +(optimizer === 'adam'), +baseWeights, sum]);
  new Float64Array(buffer, 32, 5).set([alpha, learningRate, dropout, initScale, seed]);
  new Uint32Array(buffer).set(counters, 18);
  new Float32Array(buffer).set(values, HEAD / 4);
  new Uint32Array(buffer, bytes.length - 4)[0] = crc32(bytes.subarray(0, -4));
  return bytes;
}

/**
 * @param {Uint8Array} data
 * @param {import('./values.js').Vector | undefined} baseWeights
 * @param {(config: LoRAConfig) => import('./micro-lora.js').MicroLoRA} make
 */
export function readTrainer(data, baseWeights, make) {
  if (!(data instanceof Uint8Array)) refuse('type', 'data', 'a Uint8Array', data);
  const bytes = data.slice(), { buffer, length } = bytes;
  if (length < HEAD + 4) refuse('bytes', 'data', `at least ${HEAD + 4} bytes`, length);
  const [magic, version, inputDim, outputDim, rank, adam, base, sum] = new Uint32Array(buffer, 0, 8);
  if (magic !== MAGIC) refuse('bytes', 'data', 'the bytes of a saved adapter', 'others');
  if (version !== VERSION) refuse('version', 'version', VERSION, version);
  if (crc32(bytes) !== INTACT) refuse('checksum', 'data', 'the bytes as they were saved', 'changed ones');
  const [alpha, learningRate, dropout, initScale, seed] = new Float64Array(buffer, 32, 5);
  const size = stateSize(inputDim, outputDim, rank, adam), values = new Float32Array(buffer, HEAD, (length - HEAD) >> 2).subarray(0, size);
  if (length !== HEAD + 4 + size * 4) refuse('shape', 'data', `${HEAD + 4 + size * 4} bytes`, length);
  if (!base !== !baseWeights) refuse('base', 'baseWeights', base ? 'the weights it was saved with' : 'none', base ? 'none' : 'some');
  if (!values.every((v) => Math.abs(v) <= 1e24)) refuse('finite', 'data', 'finite weights', 'others');

  const lora = make({ inputDim, outputDim, rank, alpha, learningRate, dropout, initScale, seed,
    optimizer: adam ? 'adam' : 'sgd', baseWeights: baseWeights && toFloats(baseWeights, 'baseWeights') });
  const inside = parts(lora);
  if (inside.sum !== sum && base) {
    lora.free();
    refuse('base', 'baseWeights', 'the weights it was saved with', 'others');
  }
  inside.values.set(values);
  inside.counters.set(new Uint32Array(buffer, 72, 4));
  return lora;
}
