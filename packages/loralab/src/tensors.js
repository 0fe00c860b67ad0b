// readTensors(): the tensors of a safetensors file that the engine wrote, by name.

/** @typedef {{ shape: number[], data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> }} Tensor */

/** @param {Uint8Array<ArrayBuffer>} file with tensors of F32 or I32 @returns {Record<string, Tensor>} */
export function readTensors(file) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: [begin, end] } = /** @type {any} */ (tensor);
    const bytes = file.slice(8 + length + begin, 8 + length + end).buffer;
    tensors[name] = { shape, data: dtype === 'I32' ? new Int32Array(bytes) : new Float32Array(bytes) };
  }
  return tensors;
}
