// Checked, not run: the generated types accept right use and refuse wrong use.
import { LabError, LoadedAdapter, createEngine } from 'loralab';

const engine = await createEngine({ threads: 2, wasmUrl: '/modules/', workerUrl: new URL('file:///worker.js') });
/** @type {string} */
const flavour = engine.flavour;
const model = await engine.loadModel([new File([], 'config.json')], { onProgress: ({ loaded, total }) => console.log(loaded / total), signal: AbortSignal.timeout(1) });
/** @type {number} */
const layers = model.info.layers;
// @ts-expect-error no such device
await createEngine({ device: 'gpu' });
// @ts-expect-error a model is not a number
await engine.loadModel(5);

const adapter = await model.loadAdapter(new Blob([]), { config: {} });
/** @type {null} */
const none = await model.loadAdapter(null);
/** @type {string[]} */
const targets = adapter.info.targets;
for await (const { text, reason, stats } of model.chat([{ role: 'user', content: 'Hi' }], { adapter, strength: 0.5, maxTokens: 3 })) console.log(text, reason, stats?.decodeS);
// @ts-expect-error no such option
model.generate('x', { maxToken: 3 });
// @ts-expect-error an adapter is what loadAdapter() gave
model.generate('x', { adapter: 'mine' });
// @ts-expect-error a message has a content
model.chat([{ role: 'user' }]);

const run = await model.train({ corpus: 'x', name: 'a.txt', mode: 'full', steps: 3 });
for await (const { step, loss, val_loss } of run) console.log(step, loss.toFixed(), val_loss?.toFixed());
model.generate([1, 2], { adapter: run });
/** @type {Blob} */
const whole = await run.model().toGguf({ dtype: 'q8_0' });
/** @type {Uint8Array} */
const weights = await run.adapter().toSafetensors();
/** @type {number | null} */
const held = (await run.proof()).val_loss_last;
// @ts-expect-error no such mode
await model.train({ corpus: 'x', mode: 'half' });
// @ts-expect-error a corpus is needed
await model.plan({ steps: 3 });

/** @type {boolean} */
const fits = (await model.plan({ corpus: 'x' })).fits;
/** @type {boolean} */
const trained = (await model.corpus({ corpus: 'x' })).preview[0].spans[0].trained;
const { tensors, loss } = await model.probe({ ids: [[1, 2]], grads: true, adapter: null });
tensors.logits.data[0].toFixed();
for await (const { backward, central, difference } of model.checkGradient({ directions: 3 })) console.log(backward, central, difference);
/** @type {number[]} */
const ids = await (await engine.loadTokenizer(new Blob([]))).tokenize('x', { addSpecial: true });
/** @type {LabError['code']} */
const code = 'io';
// @ts-expect-error only loadAdapter() makes one
new LoadedAdapter(1, adapter.info);
export { flavour, layers, none, targets, whole, weights, held, fits, trained, loss, ids, code };
