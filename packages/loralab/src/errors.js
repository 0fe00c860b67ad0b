// LabError: what every refusal of the engine becomes.

/**
 * @typedef {object} ErrorDetails What the engine says of a refusal.
 * @property {string} code a stable name: io, not_found, truncated, corrupt, unsupported, mismatch, limit, bad_json,
 *   bad_text, bad_template, bad_argument, empty, out_of_memory, not_finite, interrupted, busy, disk_full
 * @property {string} message
 * @property {string} [file] @property {number} [offset] @property {number} [line] @property {string} [field]
 * @property {string} [remedy] what to do
 */

export class LabError extends Error {
  /** @param {ErrorDetails} details */
  constructor({ code, message, remedy = '', ...place }) {
    super(message);
    this.name = 'LabError';
    this.code = code;
    /** Where: file, byte offset, line and field, as far as they are known. */
    this.place = place;
    this.remedy = remedy;
  }

  /** @returns {ErrorDetails} what can be sent to another thread */
  details() {
    return { code: this.code, message: this.message, remedy: this.remedy, ...this.place };
  }
}

/** @param {unknown} error @returns {ErrorDetails} */
export function detailsOf(error) {
  if (error instanceof LabError) return error.details();
  if (error instanceof Error && error.name === 'AbortError') return { code: 'interrupted', message: 'stopped on request' };
  return { code: 'io', message: error instanceof Error ? error.message : String(error) };
}

/** @param {AbortSignal | undefined} signal */
export function throwIfAborted(signal) {
  if (signal?.aborted) throw new LabError({ code: 'interrupted', message: 'stopped on request' });
}
