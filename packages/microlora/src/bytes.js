// An adapter of the main face as bytes: magic, version, configuration, weights and moments, checksum.
import { refuse } from './errors.js';
import { toFloats } from './handle.js';
import { padded } from './layout.js';
import { floats, wasm, words } from './module.js';

const MAGIC = 0x41524c4d, VERSION = 1, HEAD = 88;

/** @param {Uint8Array} bytes CRC-32, as zip and PNG use it */
export function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 && 0xedb88320);
  }
  return ~crc >>> 0;
}

/** @typedef {import('./micro-lora.js').LoRAConfig} LoRAConfig */

/**
 * The floats that make up the state: A, B and with Adam their moments, in rows padded with zeros.
 * @param {number} adapter
 * @param {boolean} adam
 */
function state(adapter, adam) {
  const [n, m, rank] = words(adapter, 3);
  return floats(words(adapter + 28, 1)[0], (padded(n) + padded(m)) * ((rank + 1) & ~1) * (adam ? 3 : 1));
}

/**
 * @param {number} fit
 * @param {number} adapter
 * @param {LoRAConfig & { base: boolean }} config
 */
export function writeTrainer(fit, adapter, config) {
  const values = state(adapter, config.optimizer === 'adam');
  const bytes = new Uint8Array(HEAD + values.length * 4 + 4), view = new DataView(bytes.buffer);
  const { inputDim, outputDim, rank, optimizer, base } = config;
  const integers = [MAGIC, VERSION, inputDim, outputDim, rank, optimizer === 'adam', base, 0];
  integers.forEach((v, i) => view.setUint32(i * 4, Number(v), true));
  const { alpha, learningRate, dropout, initScale, seed } = config;
  [alpha, learningRate, dropout, initScale, seed].forEach((v, i) => view.setFloat64(32 + i * 8, Number(v), true));
  words(wasm.fit_part(fit, 0), 4).forEach((v, i) => view.setUint32(72 + i * 4, v, true));
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), HEAD);
  if (base) view.setUint32(28, baseSum(fit, adapter), true);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

/**
 * @param {number} fit
 * @param {number} adapter
 */
function baseSum(fit, adapter) {
  const [n, m] = words(adapter, 2);
  return crc32(new Uint8Array(wasm.memory.buffer, wasm.fit_part(fit, 1), n * padded(m) * 4));
}

/**
 * @template T
 * @param {Uint8Array} data
 * @param {import('./handle.js').Vector | undefined} baseWeights
 * @param {(config: LoRAConfig) => [T & { free(): void }, number, number]} make
 * @returns {T}
 */
export function readTrainer(data, baseWeights, make) {
  if (!(data instanceof Uint8Array)) refuse('type', 'data', 'a Uint8Array', data);
  const bytes = data.slice(), view = new DataView(bytes.buffer);
  if (bytes.length < HEAD + 4) refuse('bytes', 'data', `at least ${HEAD + 4} bytes`, bytes.length);
  const [magic, version, inputDim, outputDim, rank, adam, base, sum] =
    Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4, true));
  if (magic !== MAGIC) refuse('bytes', 'data', 'the bytes of a saved adapter', 'others');
  if (version !== VERSION) refuse('version', 'version', VERSION, version);
  const stored = view.getUint32(bytes.length - 4, true), found = crc32(bytes.subarray(0, -4));
  if (stored !== found) refuse('checksum', 'data', `checksum ${stored}`, found);
  const [alpha, learningRate, dropout, initScale, seed] =
    Array.from({ length: 5 }, (_, i) => view.getFloat64(32 + i * 8, true));
  const size = HEAD + 4 + (padded(inputDim) + padded(outputDim)) * ((rank + 1) & ~1) * (adam ? 3 : 1) * 4;
  if (bytes.length !== size) refuse('shape', 'data', `${size} bytes`, bytes.length);
  if (base && !baseWeights) refuse('base', 'baseWeights', 'the weights it was saved with', 'none');
  if (!base && baseWeights) refuse('base', 'baseWeights', 'none', 'some');
  const values = new Float32Array(bytes.buffer, HEAD, (size - HEAD - 4) / 4);
  if (!values.every((v) => Math.abs(v) <= 1e24)) refuse('finite', 'data', 'finite weights', 'others');

  const [lora, fit, adapter] = make({ inputDim, outputDim, rank, alpha, learningRate, dropout, initScale, seed,
    optimizer: adam ? 'adam' : 'sgd', baseWeights: baseWeights && toFloats(baseWeights, 'baseWeights') });
  if (base && baseSum(fit, adapter) !== sum) {
    lora.free();
    refuse('base', 'baseWeights', 'the weights it was saved with', 'others');
  }
  state(adapter, !!adam).set(values);
  words(wasm.fit_part(fit, 0), 4).set(Array.from({ length: 4 }, (_, i) => view.getUint32(72 + i * 4, true)));
  return lora;
}
