/**
 * @typedef {'length' | 'type' | 'finite' | 'range' | 'operator' | 'freed' | 'init' | 'memory'} CallError
 * @typedef {'json' | 'bytes' | 'version' | 'shape' | 'checksum' | 'base'} FileError
 * @typedef {CallError | FileError} ErrorCode
 */

/** What this package throws: `code` for programs, `message` says what was expected and what came. */
export class MicroLoraError extends Error {
  name = 'MicroLoraError';

  /**
   * @param {ErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {ErrorCode} code
 * @param {string} what the argument or field at fault
 * @param {string | number} expected
 * @param {unknown} got
 * @returns {never}
 */
export function refuse(code, what, expected, got) {
  const came = got && /^(f|o|sy)/.test(typeof got) ? typeof got : got; // functions, objects and symbols by their kind
  throw new MicroLoraError(code, `${what}: expected ${expected}, got ${came}`);
}

/**
 * A number within [low, high].
 * @param {unknown} value
 * @param {string} what
 * @param {number} low
 * @param {number} high
 * @param {unknown} [whole] refuses fractions
 * @param {ErrorCode} [code] instead of the one that says how the value is wrong
 * @returns {number}
 */
export function number(value, what, low, high, whole, code) {
  if (typeof value === 'number' && value >= low && value <= high && !(whole && value % 1)) return value;
  refuse(code ?? (typeof value !== 'number' ? 'type' : isFinite(value) ? 'range' : 'finite'), what,
    `a ${whole ? 'whole ' : ''}number from ${low} to ${high}`, value);
}

/** The largest number that a float32 setting takes. */
export const LARGE = 1e12;
/** The largest seed. */
export const MOST = Number.MAX_SAFE_INTEGER;
