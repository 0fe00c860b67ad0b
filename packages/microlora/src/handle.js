import { refuse } from './errors.js';
import { columns, firstUnusable, rows, writeColumns, writeRows } from './layout.js';
import { floats, wasm, words } from './module.js';

/** @typedef {Float32Array | Float64Array | number[]} Vector numbers; Float32Array is the fast one */

const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
const forgotten = new FinalizationRegistry((/** @type {number} */ block) => wasm.give(block));

/** Something that ends with `free()`; every later use throws. */
export class Disposable {
  /** @type {number} @protected */ _p = 1;

  /** Ends the object and gives its memory back. A second call does nothing. */
  free() {
    this._p = 0;
  }

  /** The same as `free()`. */
  dispose() {
    this.free();
  }

  /** @protected */
  _live() {
    return this._p || refuse('freed', this.constructor.name, 'an object that was not freed');
  }
}
Object.defineProperty(Disposable.prototype, dispose, { value: Disposable.prototype.dispose });

/** An adapter in WebAssembly memory: delta(x) = scale * (x A) B. */
export class Handle extends Disposable {
  /** @protected @type {Float32Array} */ _x;
  /** @protected @type {Float32Array} */ _y;

  /**
   * @param {number} pointer
   * @protected
   */
  constructor(pointer) {
    super();
    this._p = pointer || refuse('memory', new.target.name, 'memory for the adapter', 'none');
    const [, , adapter] = words(pointer, 3);
    /** @protected */ this._adapter = adapter;
    const [inputs, outputs, rank] = words(adapter, 3);
    /** @protected */ this._in = inputs;
    /** @protected */ this._out = outputs;
    /** @protected */ this._rank = rank;
    this._x = this._y = new Float32Array();
    forgotten.register(this, pointer, this);
  }

  free() {
    if (!this._p) return;
    forgotten.unregister(this);
    wasm.give(this._p);
    super.free();
  }

  /**
   * The buffers, anew where the memory has grown and left the old arrays detached.
   * @protected
   */
  _views() {
    const [x, y] = words(this._live(), 2);
    this._x = floats(x, this._in);
    this._y = floats(y, this._out);
  }

  /**
   * The input buffer, for work without copies: write here, then call `forward()`. A plain Float32Array on
   * the shared memory: fetch it again after making other adapters, or `reserve()` room for them first.
   */
  get input() {
    if (this._live() && this._x.length !== this._in) this._views();
    return this._x;
  }

  /** The output buffer, filled by `forward()`. */
  get output() {
    if (this._live() && this._x.length !== this._in) this._views();
    return this._y;
  }

  /**
   * Copies values into the input (or output) buffer. User code behind an array's elements runs before the
   * check that the object lives.
   * @param {Vector} values
   * @param {string} what
   * @param {boolean} [toOutput]
   * @protected
   */
  _put(values, what, toOutput) {
    if (!(values instanceof Float32Array)) values = toFloats(values, what);
    const view = toOutput ? this.output : this.input;
    if (values.length !== view.length) refuse('length', what, `${view.length} numbers`, values.length);
    view.set(values);
    return this._p;
  }

  /**
   * The output buffer's content, in `out` or a new array.
   * @param {Float32Array} [out]
   * @protected
   */
  _take(out) {
    if (!out) return new Float32Array(this._y);
    if (!(out instanceof Float32Array) || out.length !== this._out) {
      refuse('length', 'out', `a Float32Array of ${this._out}`, out?.length);
    }
    out.set(this._y);
    return out;
  }

  /** A and B in the documents' layout: loraA [in][rank], loraB [rank][out], row-major. */
  getWeights() {
    this._live();
    const { _adapter: p, _in: n, _out: m, _rank: rank } = this;
    const [scale] = floats(p + 12, 1);
    const [a, b] = words(p + 28, 2);
    return { loraA: columns(a, n, rank), loraB: rows(b, m, rank), scale, inputDim: n, outputDim: m, rank };
  }

  /**
   * @param {{ loraA: Vector, loraB: Vector }} weights in the same layout
   */
  setWeights({ loraA, loraB }) {
    const n = this._in, m = this._out, rank = this._rank;
    const a = usable(toFloats(loraA, 'loraA'), 'loraA', n * rank);
    const b = usable(toFloats(loraB, 'loraB'), 'loraB', m * rank);
    this._live();
    const [pa, pb] = words(this._adapter + 28, 2);
    writeColumns(pa, n, rank, a);
    writeRows(pb, m, rank, b);
  }
}

/**
 * @param {unknown} values
 * @param {string} what
 * @returns {Float32Array}
 */
export function toFloats(values, what) {
  if (values instanceof Float32Array) return values;
  if (values instanceof Float64Array || Array.isArray(values)) {
    try {
      return Float32Array.from(values);
    } catch {
      // an element that is no number
    }
  }
  return refuse('type', what, 'an array of numbers', values === null ? 'null' : values ?? 'undefined');
}

/**
 * Refuses values that are not `length` finite numbers of moderate size.
 * @param {Float32Array} values
 * @param {string} what
 * @param {number} length
 */
export function usable(values, what, length) {
  if (values.length !== length) refuse('length', what, `${length} numbers`, values.length);
  const at = firstUnusable(values);
  if (at >= 0) refuse('finite', what, 'finite numbers up to 1e12', `${values[at]} at ${at}`);
  return values;
}

/**
 * Explains a refusal by the module: not finite, or too large.
 * @param {number} status
 * @param {string} what
 * @param {ArrayLike<number>} values
 */
export function check(status, what, values) {
  if (!status) return;
  const at = Array.prototype.findIndex.call(values, (v) => !Number.isFinite(+v));
  refuse('finite', what, 'finite numbers of moderate size', at < 0 ? 'an overflow' : `${values[at]} at ${at}`);
}
