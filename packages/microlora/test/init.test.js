// Every way to make the module ready, each in a process of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const face = import.meta.resolve('microlora/learning'), module = new URL('../wasm/microlora.wasm', import.meta.url).href;

/** @param {string} code what to do with `init`, `initSync`, `url` and `bytes` @returns {string} */
const run = (code) => execFileSync(process.execPath, ['--input-type=module', '-e', `
  import init, { WasmMicroLoRA, initSync } from ${JSON.stringify(face)};
  import { readFileSync } from 'node:fs';
  const url = new URL(${JSON.stringify(module)}), bytes = readFileSync(url);
  const use = () => console.log(new WasmMicroLoRA(8).forward_array([1, 2, 3, 4, 5, 6, 7, 8])[2]);
  try { ${code} } catch (error) { console.log(error.name, error.code); }`], { encoding: 'utf8' }).trim();

for (const [what, code] of [
  ['nothing', 'await init(); use();'],
  ['a URL', 'await init(url); use();'],
  ['its text', 'await init(url.href); use();'],
  ['bytes', 'await init(bytes); use();'],
  ['an ArrayBuffer', 'await init(new Uint8Array(bytes).buffer); use();'],
  ['a compiled module', 'await init(new WebAssembly.Module(bytes)); use();'],
  ['a response', 'await init(new Response(bytes)); use();'],
  ['a promise in the published form', 'await init({ module_or_path: Promise.resolve(bytes) }); use();'],
  ['initSync with bytes', 'initSync(bytes); use();'],
  ['initSync in the published form', 'initSync({ module: new WebAssembly.Module(bytes) }); use();'],
  ['anything once it is ready', 'await init(); await init(new Uint8Array(8)); initSync("x"); use();'],
  ['two calls at once', 'const [a, b] = await Promise.all([init(), init()]); if (a.memory !== b.memory) throw Error(); use();'],
]) test(`init takes ${what}`, () => assert.equal(run(code), '3'));

test('without init, and with what is no module, there is a clear error', () => {
  assert.equal(run('use();'), 'MicroLoraError init');
  assert.equal(run('await init(new Uint8Array(8));'), 'MicroLoraError init');
  assert.equal(run('initSync("no module");'), 'MicroLoraError init');
  assert.equal(run('await init(new URL("file:///no/such/file.wasm"));'), 'MicroLoraError init');
  assert.equal(run('await init(bytes.subarray(0, 100)).catch(() => 0); await init(); use();'), '3');
});
