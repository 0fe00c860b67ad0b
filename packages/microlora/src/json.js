// The adapter of the ruvllm face as JSON: the object by JSON.parse, its long arrays by the module.
import { MicroLoraError, refuse } from './errors.js';
import { MAX_DIMENSION, firstUnusable, padded, writeColumns, writeRows } from './layout.js';
import { floats, ready, wasm, words } from './module.js';

const VERSION = 1, LONGEST_NUMBER = 16;
const encoder = new TextEncoder(), decoder = new TextDecoder();

/**
 * Memory for the length of a call.
 * @template T
 * @param {number} bytes
 * @param {(address: number) => T} use
 * @returns {T}
 */
function borrow(bytes, use) {
  const block = ready().take(bytes) || refuse('memory', 'JSON', 'memory for the text', `none for ${bytes} bytes`);
  try {
    return use(block);
  } finally {
    wasm.give(block);
  }
}

/**
 * @param {number} feed
 * @param {number} adapter
 * @param {number} seed
 */
export function writeAdapter(feed, adapter, seed) {
  const [n, m, rank] = words(adapter, 3);
  const [counts, gradient, explorer] = [0, 1, 2].map((part) => wasm.feed_part(feed, part));
  const [a, b] = words(adapter + 28, 2), [ga, gb, gradients] = words(gradient, 3);
  const [phase, draw] = words(explorer, 2), [samples, scores] = words(counts + 8, 2);
  const [sum] = new Float64Array(wasm.memory.buffer, counts, 1);
  const [scale] = floats(adapter + 12, 1);
  // what the module is to write: where, and how many numbers how far apart
  const matrixA = (/** @type {number} */ at) => [at, n, rank, 1, padded(n)], matrixB = (/** @type {number} */ at) => [at, rank, m, padded(m), 1];
  /** @type {(string | number[])[]} */
  const parts = ['{"adapter":{"lora_a":[', matrixA(a), '],"lora_b":[', matrixB(b),
    `],"scaling":${scale},"rank":${rank},"in_features":${n},"out_features":${m},"grad_a":[`, matrixA(ga),
    '],"grad_b":[', matrixB(gb), `],"grad_count":${gradients}},"samples_seen":${samples},"quality_sum":${sum},` +
    `"version":${VERSION},"seed":${seed},"scores":${scores},"phase":${phase},"draw":${draw},"explore":[`, [explorer + 8, 1, 4 + rank, 0, 1], ']}'];
  return borrow((n + m) * rank * 2 * LONGEST_NUMBER + 2048, (start) => {
    let at = start;
    const bytes = new Uint8Array(wasm.memory.buffer);
    for (const part of parts) {
      at += typeof part === 'string' ? encoder.encodeInto(part, bytes.subarray(at)).written : wasm.write_numbers(...part, at);
    }
    return decoder.decode(bytes.subarray(start, at));
  });
}

/**
 * The text with every array of numbers replaced by its place in `found`: address and length in memory.
 * @param {string} text
 * @param {number} bytes where three bytes a character and 32 more are free
 * @param {[number, number][]} found
 */
function takeArrays(text, bytes, found) {
  const view = new Uint8Array(wasm.memory.buffer, bytes, text.length);
  let numbers = bytes + ((text.length + 19) & ~3), rest = '', from = 0;
  for (;;) {
    const open = text.indexOf('[', from), close = text.indexOf(']', open);
    if (open < 0 || close < 0) return rest + text.slice(from);
    const { read, written } = encoder.encodeInto(text.slice(open + 1, close), view);
    const count = read === close - open - 1 ? wasm.read_numbers(bytes, written, numbers) : -1;
    rest += text.slice(from, open + 1);
    from = open + 1;
    if (count < 0) continue;
    rest += `${found.push([numbers, count]) - 1}]`;
    numbers += count * 4;
    from = close + 1;
  }
}

/**
 * @template T
 * @param {string} json
 * @param {(rank: number, n: number, m: number, alpha: number, seed: number) => [T, number, number]} make
 * @returns {T}
 */
export function readAdapter(json, make) {
  if (typeof json !== 'string') refuse('type', 'json', 'a string', json);
  return borrow(json.length * 3 + 32, (bytes) => readFrom(bytes, json, make));
}

/**
 * @template T
 * @param {number} bytes
 * @param {string} json
 * @param {(rank: number, n: number, m: number, alpha: number, seed: number) => [T, number, number]} make
 * @returns {T}
 */
function readFrom(bytes, json, make) {
  /** @type {[number, number][]} */
  const arrays = [];
  let data;
  try {
    data = JSON.parse(takeArrays(json, bytes, arrays));
  } catch (error) {
    if (error instanceof MicroLoraError) throw error;
    refuse('json', 'json', 'well-formed JSON', /** @type {Error} */ (error).message);
  }
  const adapter = data?.adapter;
  if (!adapter || typeof adapter !== 'object') refuse('json', 'adapter', 'an object', data && typeof adapter);
  if (data.version !== undefined && data.version !== VERSION) refuse('version', 'version', VERSION, data.version);

  /** @type {(of: any, name: string, high: number, fallback?: number, low?: number) => number} */
  const whole = (of, name, high, fallback, low = 0) => {
    const value = of[name] ?? fallback;
    return Number.isInteger(value) && value >= low && value <= high
      ? value : refuse('json', name, `a whole number from ${low} to ${high}`, value ?? 'nothing');
  };
  // Making the adapter can move the memory, so a view is taken anew whenever it is needed.
  /** @type {(of: any, name: string, count: number) => () => Float32Array} */
  const array = (of, name, count) => {
    const found = Array.isArray(of[name]) && of[name].length === 1 ? arrays[of[name][0]] : undefined;
    if (!found) refuse('json', name, 'an array of finite numbers', typeof of[name]);
    if (found[1] !== count) refuse('shape', name, `${count} numbers`, found[1]);
    const view = () => floats(found[0], count);
    if (firstUnusable(view()) >= 0) refuse('finite', name, 'numbers up to 1e12', 'larger ones');
    return view;
  };
  /** @type {(of: any, name: string) => number} */
  const real = (of, name) =>
    Number.isFinite(of[name]) && Math.abs(of[name]) <= 1e12 ? of[name] : refuse('json', name, 'a number', of[name] ?? 'nothing');

  const rank = whole(adapter, 'rank', 4, undefined, 1);
  const n = whole(adapter, 'in_features', MAX_DIMENSION, undefined, 1);
  const m = whole(adapter, 'out_features', MAX_DIMENSION, undefined, 1);
  const most = 2 ** 32 - 1, scale = real(adapter, 'scaling');
  const a = array(adapter, 'lora_a', n * rank), b = array(adapter, 'lora_b', m * rank);
  const ga = array(adapter, 'grad_a', n * rank), gb = array(adapter, 'grad_b', m * rank);
  const gradients = whole(adapter, 'grad_count', most), samples = whole(data, 'samples_seen', most);
  const sum = real(data, 'quality_sum'), scores = whole(data, 'scores', most, 0);
  const phase = whole(data, 'phase', 2, 0), draw = whole(data, 'draw', most, 0);
  const state = data.explore && array(data, 'explore', 4 + rank);
  if (state) {
    const [size, trust, rms, energy] = state();
    if (!(size >= 0 && trust > 0 && trust <= 1 && rms >= 0 && energy >= 0)) {
      refuse('json', 'explore', 'sizes of 0 or more and a trust in (0, 1]', 'others');
    }
  }
  const [result, feed, at] = make(rank, n, m, scale * rank, whole(data, 'seed', Number.MAX_SAFE_INTEGER, 0));

  const [counts, gradient, explorer] = [0, 1, 2].map((part) => wasm.feed_part(feed, part));
  const [pa, pb] = words(at + 28, 2), [pga, pgb] = words(gradient, 2);
  writeColumns(pa, n, rank, a());
  writeRows(pb, m, rank, b());
  writeColumns(pga, n, rank, ga());
  writeRows(pgb, m, rank, gb());
  floats(at + 12, 1)[0] = scale;
  words(gradient + 8, 1)[0] = gradients;
  words(counts + 8, 2).set([samples, scores]);
  new Float64Array(wasm.memory.buffer, counts, 1)[0] = sum;
  if (state) {
    words(explorer, 2).set([phase, draw]);
    floats(explorer + 8, 4 + rank).set(state());
    wasm.feed_restart(feed);
  }
  return result;
}
