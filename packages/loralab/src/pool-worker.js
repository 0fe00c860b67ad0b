// A thread of the engine: an instance of the module over the shared memory, which works until it is ended.

/** @param {{ module: WebAssembly.Module, memory: WebAssembly.Memory, number: number, stack: number }} start @param {() => void} ready */
async function run({ module, memory, number, stack }, ready) {
  /** @type {any} */
  const imports = { env: { memory } };
  // Workers only compute: nothing that is imported is ever called here.
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
    if (kind === 'function') (imports[from] ??= {})[name] = () => { throw new Error(`${name} in a worker`); };
  const { exports } = /** @type {any} */ (await WebAssembly.instantiate(module, imports));
  exports.__stack_pointer.value = stack;
  ready();
  exports.work(number);
}

if ('WorkerGlobalScope' in globalThis) {
  self.onmessage = ({ data }) => run(data, () => self.postMessage('ready'));
} else {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  parentPort?.once('message', (data) => run(data, () => parentPort.postMessage('ready')));
}
