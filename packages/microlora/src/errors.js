/**
 * @typedef {'length' | 'type' | 'finite' | 'range' | 'operator' | 'freed' | 'init' | 'memory'} CallError
 * @typedef {'json' | 'bytes' | 'version' | 'shape' | 'checksum' | 'base'} FileError
 * @typedef {CallError | FileError} ErrorCode
 */

/** What this package throws: `code` for programs, `message` says what was expected and what came. */
export class MicroLoraError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'MicroLoraError';
    /** @type {ErrorCode} */
    this.code = code;
  }
}

/**
 * @param {ErrorCode} code
 * @param {string} what the argument or field at fault
 * @param {string | number} expected
 * @param {unknown} [got]
 * @returns {never}
 */
export function refuse(code, what, expected, got) {
  const came = typeof got === 'object' || typeof got === 'function' || typeof got === 'symbol' ? typeof got : got;
  throw new MicroLoraError(code, `${what}: expected ${expected}${came === undefined ? '' : `, got ${came}`}`);
}

/**
 * A finite number within [low, high].
 * @param {unknown} value
 * @param {string} what
 * @param {number} low
 * @param {number} [high]
 * @returns {number}
 */
export function number(value, what, low, high = 3.4e38) {
  if (typeof value !== 'number') refuse('type', what, 'a number', value === null ? 'null' : value ?? 'undefined');
  if (!Number.isFinite(value)) refuse('finite', what, 'a finite number', value);
  if (value < low || value > high) refuse('range', what, `${low} to ${high}`, value);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} what
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
export function integer(value, what, low, high) {
  const n = number(value, what, low, high);
  return Number.isInteger(n) ? n : refuse('range', what, 'a whole number', n);
}
