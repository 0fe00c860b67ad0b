// The two ONNX models that onnxruntime-web multiplies with: y = x W in float32, and the same with W in 4 bits.
const text = new TextEncoder();

/** @param {number[]} into @param {number | bigint} value an unsigned number, seven bits a byte */
function number(into, value) {
  let left = BigInt(value);
  for (; left > 127n; left >>= 7n) into.push(Number(left & 127n) | 128);
  into.push(Number(left));
}

/** A message of Protocol Buffers. @param {[number, number | string | Uint8Array][]} fields their numbers and contents @returns {Uint8Array} */
function message(...fields) {
  /** @type {Uint8Array[]} */
  const parts = [];
  for (const [field, content] of fields) {
    /** @type {number[]} */
    const head = [];
    if (typeof content === 'number') {
      number(head, field << 3);
      number(head, content);
      parts.push(Uint8Array.from(head));
      continue;
    }
    const bytes = typeof content === 'string' ? text.encode(content) : content;
    number(head, (field << 3) | 2);
    number(head, bytes.length);
    parts.push(Uint8Array.from(head), bytes);
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const FLOAT = 1, UINT8 = 2, INT = 2;
/** @param {string} name @param {number[]} shape */
const value = (name, shape) =>
  message([1, name], [2, message([1, message([1, FLOAT], [2, message(...shape.map((n) => /** @type {[number, Uint8Array]} */ ([1, message([1, n])])))])])]);
/** @param {string} name @param {number} type @param {number[]} shape @param {Uint8Array} bytes */
const tensor = (name, type, shape, bytes) =>
  message(...shape.map((n) => /** @type {[number, number]} */ ([1, n])), [2, type], [8, name], [9, bytes]);
/** @param {string} name @param {number} i */
const attribute = (name, i) => message([1, name], [3, i], [20, INT]);

/** @param {Uint8Array} node @param {Uint8Array[]} weights @param {number} m @param {number} k @param {number} n */
const model = (node, weights, m, k, n) => message([1, 8],
  [7, message([1, node], [2, 'product'], ...weights.map((w) => /** @type {[number, Uint8Array]} */ ([5, w])), [11, value('x', [m, k])], [12, value('y', [m, n])])],
  [8, message([1, ''], [2, 17])], [8, message([1, 'com.microsoft'], [2, 1])]);

/** @param {number} count */
const floats = (count) => new Uint8Array(Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7)).buffer);

/** x [m, k] times a float32 W [k, n]. @param {number} m @param {number} k @param {number} n */
export const matMul = (m, k, n) =>
  model(message([1, 'x'], [1, 'w'], [2, 'y'], [4, 'MatMul']), [tensor('w', FLOAT, [k, n], floats(k * n))], m, k, n);

/** x [m, k] times W [n, k] in blocks of 32 nibbles with a scale each. @param {number} m @param {number} k @param {number} n */
export const matMulNBits = (m, k, n) => model(
  message([1, 'x'], [1, 'w'], [1, 's'], [2, 'y'], [4, 'MatMulNBits'], [7, 'com.microsoft'],
    ...[['K', k], ['N', n], ['bits', 4], ['block_size', 32]].map(([name, i]) => /** @type {[number, Uint8Array]} */ ([5, attribute(/** @type {string} */ (name), /** @type {number} */ (i))]))),
  [tensor('w', UINT8, [n, k / 32, 16], Uint8Array.from({ length: n * k / 2 }, (_, i) => i * 37 & 255)), tensor('s', FLOAT, [n * k / 32], floats(n * k / 32))], m, k, n);
