// What goes wrong below the package: memory that is not to be had, a worker that dies. Errors are typed, and the engine works on or is plainly dead.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LabError, createEngine } from '../src/index.js';
import { EngineModule } from '../src/module.js';
import { readModule } from '../src/host.js';
import { all, modelPath, oracle, root } from './helpers.js';

const tiny = join(oracle, 'gguf/llama-tied.Q8_0.gguf');
/** @param {Promise<any>} promise @returns {Promise<LabError>} */
const refusal = (promise) => promise.then(() => assert.fail('was not refused'), (error) => {
  assert.ok(error instanceof LabError, String(error));
  return error;
});

test('what does not fit is refused with its size, and the engine works on', async (t) => {
  const engine = await createEngine({ threads: 1 });
  t.after(() => engine.dispose());
  const model = await engine.loadModel(modelPath), greedy = async () => (await all(model.generate('The', { maxTokens: 2 }))).map(({ id }) => id);
  const before = await greedy();
  const corpus = { corpus: Array.from({ length: 400 }, (_, i) => `{"text":"${'word '.repeat(250)}${i}"}`).join('\n'), context: 256, val_fraction: 0, steps: 1 };
  const huge = await refusal(model.train({ ...corpus, batch: 256 }));
  assert.equal(huge.code, 'out_of_memory');
  assert.match(huge.message, /\d/);
  const plan = await model.plan({ ...corpus, batch: 256 });
  assert.equal(plan.fits, false);
  assert.match(plan.reasons[0], /more memory/);
  assert.deepEqual(await greedy(), before);
});

test('a call that runs out of memory in its middle leaves an engine that says so to every request', async () => {
  const engine = await EngineModule.start(await readModule({ shared: false, relaxed: false }), 1);
  engine.putFile('m.gguf', (await import('node:fs')).readFileSync(tiny));
  // Takes all that is left, down to pieces that no request gets along without.
  for (let size = 2 ** 30; size >= 64; size /= 2) {
    try {
      for (;;) engine.reserve(size);
    } catch (error) {
      assert.equal(/** @type {LabError} */ (error).code, 'out_of_memory');
    }
  }
  assert.throws(() => engine.call({ do: 'open_model', path: 'm.gguf' }), { name: 'LabError', code: 'out_of_memory' });
  assert.throws(() => engine.call({ do: 'close' }), { name: 'LabError', code: 'out_of_memory' });
});

for (const [how, code] of [['throws', "throw new Error('a fault')"], ['exits', 'process.exit(3)']]) {
  test(`when the worker ${how}, what waits and what comes is refused`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'loralab-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const worker = join(folder, 'worker.mjs');
    writeFileSync(worker, `import ${JSON.stringify(pathToFileURL(join(root, 'packages/loralab/src/worker.js')).href)};
      process.getBuiltinModule('node:worker_threads').parentPort.on('message', ({ body }) => { if (body?.request?.do === 'plan') ${code}; });`);
    const engine = await createEngine({ threads: 1, workerUrl: pathToFileURL(worker) });
    t.after(() => engine.dispose());
    const model = await engine.loadModel(tiny);
    assert.ok((await model.tokenize('alive')).length > 0);
    const slow = refusal(all(model.generate('x', { maxTokens: 40 }))), dying = refusal(model.plan({ corpus: '{"text":"some text to plan with"}', val_fraction: 0 }));
    for (const error of [await slow, await dying, await refusal(model.tokenize('dead'))]) {
      assert.equal(error.code, 'io');
      assert.match(error.message, /worker failed/);
      assert.match(error.remedy, /another engine/);
    }
  });
}
