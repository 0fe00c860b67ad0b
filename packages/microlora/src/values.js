// Checks of arrays that callers hand in.
import { LARGE, refuse } from './errors.js';

/** @typedef {Float32Array | Float64Array | number[]} Vector numbers; Float32Array is the fast one */

/**
 * @param {unknown} values
 * @param {string} what
 * @param {number} [length] that it must have
 * @returns {Float32Array}
 */
export function toFloats(values, what, length) {
  if (!(values instanceof Float32Array)) {
    try {
      if (!(values instanceof Float64Array || Array.isArray(values))) throw 0;
      values = Float32Array.from(values);
    } catch { // also for an element that is no number
      refuse('type', what, 'an array of numbers', values);
    }
  }
  const floats = /** @type {Float32Array} */ (values);
  if (length !== undefined && floats.length !== length) refuse('length', what, `${length} numbers`, floats.length);
  return floats;
}

/**
 * Refuses values because of the first that is not finite or too large.
 * @param {string} what
 * @param {Float32Array} values
 * @returns {never}
 */
function refuseValues(what, values) {
  const at = values.findIndex((v) => !(Math.abs(v) <= LARGE));
  refuse('finite', what, MODERATE, at < 0 ? 'an overflow' : `${values[at]} at ${at}`);
}
export const MODERATE = 'finite numbers of moderate size';

/**
 * The same as `toFloats`, of finite numbers up to 1e12.
 * @param {unknown} values
 * @param {string} what
 * @param {number} [length]
 */
export function toFinite(values, what, length) {
  const floats = toFloats(values, what, length);
  // a plain loop, for the many numbers of large adapters
  for (let i = 0, n = floats.length; i < n; ++i) if (!(Math.abs(floats[i]) <= LARGE)) refuseValues(what, floats);
  return floats;
}

/**
 * Explains a refusal by the module: not finite, or too large.
 * @param {number} status
 * @param {string} what
 * @param {Float32Array} values
 */
export function check(status, what, values) {
  if (status) refuseValues(what, values);
}

/**
 * The caller's array for a result, or a new one.
 * @param {Float32Array | undefined} out
 * @param {number} length
 */
export const receiver = (out, length) =>
  !out ? new Float32Array(length) : out instanceof Float32Array && out.length === length ? out
    : refuse('length', 'out', `a Float32Array of ${length}`, /** @type {any} */ (out).length);
