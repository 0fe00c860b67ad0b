// Arithmetic with adapters of any face: a scaled sum as one of higher rank, and back to a lower rank.
import { LARGE, number, refuse } from './errors.js';
import { MicroLoRA } from './micro-lora.js';
import { getWeights, setWeights } from './weights.js';

/**
 * The sum of weight * delta, exactly, as one adapter whose rank is the sum of the ranks (16 at most).
 * @param {{ adapter: import('./handle.js').Handle, weight?: number }[]} parts adapters of any face with the same dimensions
 * @param {Omit<import('./micro-lora.js').LoRAConfig, 'inputDim' | 'outputDim' | 'rank' | 'alpha'>} [config] of the new adapter
 * @returns {MicroLoRA}
 */
export function sum(parts, config) {
  if (!Array.isArray(parts) || !parts.length) refuse('length', 'parts', 'at least one adapter', 0);
  const all = parts.map(({ adapter, weight = 1 }) => ({ ...getWeights(adapter), weight: number(weight, 'weight', -LARGE, LARGE) }));
  const { inputDim, outputDim } = all[0], rank = all.reduce((total, part) => total + part.rank, 0);
  for (const part of all) {
    if (part.inputDim !== inputDim || part.outputDim !== outputDim) {
      refuse('shape', 'adapter', `${inputDim} x ${outputDim}`, `${part.inputDim} x ${part.outputDim}`);
    }
  }
  if (rank > 16) refuse('range', 'sum of ranks', '16 at most; truncate the parts first', rank);
  const loraA = new Float32Array(inputDim * rank), loraB = new Float32Array(rank * outputDim);
  let first = 0;
  for (const part of all) {
    for (let i = 0; i < inputDim; ++i) {
      loraA.set(part.loraA.subarray(i * part.rank, (i + 1) * part.rank), i * rank + first);
    }
    loraB.set(part.loraB.map((v) => v * part.scale * part.weight), first * outputDim);
    first += part.rank;
  }
  const total = new MicroLoRA({ ...config, inputDim, outputDim, rank });
  setWeights(total, { loraA, loraB });
  return total;
}

/**
 * The adapter of this rank that is closest in the Frobenius norm (Eckart and Young 1936): the largest
 * singular values of the delta, with A and B of equal length in each.
 * @param {import('./handle.js').Handle} adapter of any face
 * @param {number} rank
 * @param {Omit<import('./micro-lora.js').LoRAConfig, 'inputDim' | 'outputDim' | 'rank' | 'alpha'>} [config] of the new adapter
 * @returns {MicroLoRA}
 */
export function truncate(adapter, rank, config) {
  const { loraA, loraB, scale, inputDim, outputDim, rank: full } = getWeights(adapter);
  const kept = number(rank, 'rank', 1, full, true);
  // delta = scale A B with A = Qa Ra, B = Rb Qb: decompose the small core Ra Rb.
  const a = frame(full, (i, k) => loraA[i * full + k], inputDim), b = frame(full, (j, k) => loraB[k * outputDim + j], outputDim);
  const core = matrix(full, (i, j) => scale * dot(full, (k) => a.root[k][i] * b.root[k][j]));
  const { values, vectors } = eigen(matrix(full, (i, j) => dot(full, (k) => core[k][i] * core[k][j])));
  const newA = new Float32Array(inputDim * kept), newB = new Float32Array(kept * outputDim);
  for (let c = 0; c < kept; ++c) {
    const singular = Math.sqrt(values[c]), half = Math.sqrt(singular);
    if (!(singular > 0)) continue;
    const left = core.map((row) => dot(full, (k) => row[k] * vectors[k][c]) / singular);
    const mixA = matrix(full, (k) => half * dot(full, (f) => left[f] * a.back[f][k])).map((row) => row[0]);
    const mixB = matrix(full, (k) => half * dot(full, (f) => vectors[f][c] * b.back[f][k])).map((row) => row[0]);
    for (let i = 0; i < inputDim; ++i) newA[i * kept + c] = dot(full, (k) => mixA[k] * loraA[i * full + k]);
    for (let j = 0; j < outputDim; ++j) newB[c * outputDim + j] = dot(full, (k) => mixB[k] * loraB[k * outputDim + j]);
  }
  const shorter = new MicroLoRA({ ...config, inputDim, outputDim, rank: kept });
  setWeights(shorter, { loraA: newA, loraB: newB });
  return shorter;
}

/**
 * @param {number} n
 * @param {(k: number) => number} term
 */
function dot(n, term) {
  let total = 0;
  for (let k = 0; k < n; ++k) total += term(k);
  return total;
}

/**
 * @param {number} n
 * @param {(i: number, j: number) => number} entry
 */
const matrix = (n, entry) => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j)));

/**
 * The orthonormal frame of n vectors of m numbers: vector k = sum over f of root[k][f] * frame f, and
 * frame f = sum over k of back[f][k] * vector k.
 * @param {number} n
 * @param {(i: number, k: number) => number} at component i of vector k
 * @param {number} m
 */
function frame(n, at, m) {
  const { values, vectors } = eigen(matrix(n, (k, l) => dot(m, (i) => at(i, k) * at(i, l))));
  // what is smaller is rounding noise of the largest
  const lengths = values.map((v) => (v > values[0] * 1e-24 ? Math.sqrt(v) : 0));
  return {
    root: matrix(n, (k, f) => vectors[k][f] * lengths[f]),
    back: matrix(n, (f, k) => (lengths[f] ? vectors[k][f] / lengths[f] : 0)),
  };
}

/**
 * Eigenvalues, largest first and none below zero, and eigenvectors in columns, by Jacobi's rotations.
 * @param {number[][]} m symmetric
 */
function eigen(m) {
  const n = m.length;
  let vectors = matrix(n, (i, j) => (i === j ? 1 : 0));
  for (let sweep = 0; sweep < 30; ++sweep) {
    for (let p = 0; p < n; ++p) {
      for (let q = p + 1; q < n; ++q) {
        if (m[p][q] === 0) continue;
        const theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1), s = t * c;
        /** @type {(x: number[], i: number, y: number[], j: number) => void} */
        const turn = (x, i, y, j) => ([x[i], y[j]] = [c * x[i] - s * y[j], s * x[i] + c * y[j]]);
        for (const row of [...m, ...vectors]) turn(row, p, row, q);
        for (let k = 0; k < n; ++k) turn(m[p], k, m[q], k);
      }
    }
  }
  const order = m.map((_, i) => i).sort((i, j) => m[j][j] - m[i][i]);
  vectors = vectors.map((row) => order.map((i) => row[i]));
  return { values: order.map((i) => Math.max(0, m[i][i])), vectors };
}
