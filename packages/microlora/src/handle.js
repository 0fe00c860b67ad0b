import { refuse } from './errors.js';
import { MAX_DIMENSION, moveRows, padded, stage } from './memory.js';
import { floats, wasm, words } from './module.js';
import { MODERATE, check, receiver, toFloats } from './values.js';

/** @typedef {import('./values.js').Vector} Vector */

/** @type {typeof Symbol.dispose} */
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
const forgotten = new FinalizationRegistry((/** @type {number} */ block) => wasm.core_give(block));

/** Something that ends with `free()`; every later use throws. */
export class Disposable {
  /** @internal @type {any} what a live object has */ _p;

  /**
   * @param {any} content
   * @internal
   */
  constructor(content) {
    this._p = content;
  }

  /** Ends the object and gives its memory back. A second call does nothing. */
  free() {
    this._p = 0;
  }

  /** The same as `free()`. */
  dispose() {
    this.free();
  }

  [dispose]() {
    this.free();
  }

  /** @internal */
  _live() {
    return this._p || refuse('freed', 'object', 'one that was not freed', 'a freed one');
  }
}

/** An adapter in WebAssembly memory: delta(x) = scale * (x A) B. */
export class Handle extends Disposable {
  /** @internal @type {number} */ _in;
  /** @internal @type {number} */ _out;
  /** @internal @type {number} */ _rank;
  /** @internal */ _x = new Float32Array();
  /** @internal */ _y = this._x;
  /** @internal */ _adapter;

  /**
   * @param {number} pointer
   * @internal
   */
  constructor(pointer) {
    super(pointer || refuse('memory', 'adapter', 'memory for it', 'none'));
    [this._adapter] = words(pointer + 8, 1);
    [this._in, this._out, this._rank] = words(this._adapter, 3);
    forgotten.register(this, pointer, this);
  }

  free() {
    if (this._p) wasm.core_give(this._p);
    forgotten.unregister(this);
    super.free();
  }

  /**
   * The buffers, anew where the memory has grown and left the old arrays detached.
   * @internal
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
    if (!this._p || !this._x.length) this._views();
    return this._x;
  }

  /** The output buffer, filled by `forward()`. */
  get output() {
    if (!this._p || !this._x.length) this._views();
    return this._y;
  }

  /**
   * Copies values into the input buffer. User code behind an array's elements runs before the check that the
   * object lives.
   * @param {Vector} values
   * @internal
   */
  _put(values) {
    const x = toFloats(values, 'input', this._in);
    this.input.set(x);
    return this._p;
  }

  /**
   * The output buffer's content, in `out` or a new array, unless the module refused the input.
   * @param {number} status
   * @param {Float32Array} [out]
   * @internal
   */
  _take(status, out) {
    check(status, 'input', this._x);
    if (!out) return new Float32Array(this._y);
    receiver(out, this._out).set(this._y);
    return out;
  }

  /**
   * A row function of the module on rows of inputs, with rows of outputs coming out, or, where they have a
   * name, going in.
   * @param {number} action
   * @param {Vector} inputs
   * @param {Vector | undefined} outputs
   * @param {string} [what]
   * @internal
   */
  _rows(action, inputs, outputs, what) {
    const x = toFloats(inputs, 'inputs'), n = this._in, m = this._out, count = x.length / n;
    if (!count || count % 1) refuse('length', 'inputs', `rows of ${n} numbers`, x.length);
    const y = what ? toFloats(outputs, what, count * m) : receiver(/** @type {any} */ (outputs), count * m);
    const p = this._live(), most = Math.floor(MAX_DIMENSION / padded(Math.max(n, m)));
    for (let first = 0; first < count; first += most) {
      const size = Math.min(most, count - first);
      moveRows(stage(0), x, first * n, size, n);
      if (what) moveRows(stage(1), y, first * m, size, m);
      const done = wasm.core_rows(p, action, size);
      if (done < size) refuse('finite', `row ${first + done}`, MODERATE, 'others');
      if (!what) moveRows(stage(1), y, first * m, size, m, true);
    }
    return y;
  }

  /**
   * Puts a gradient at the output into a stage, padded with zeros; returns its address.
   * @param {Float32Array} gradient
   * @internal
   */
  _stage(gradient) {
    const view = stage(1), n = this._out;
    view.set(gradient);
    if (n % 16) view.fill(0, n, padded(n));
    return view.byteOffset;
  }

  /**
   * |scale * A B|, the Frobenius norm of the weight change.
   * @internal
   */
  _norm() {
    return /** @type {number} */ (wasm.core_norm(this._live() && this._adapter));
  }
}
