// The golden data through the package, in Node and in a page alike: each check gives a list of what disagrees.
import { readTensors } from '../../src/tensors.js';

/**
 * @typedef {(path: string) => Promise<Uint8Array<ArrayBuffer>>} Read a file of the golden data
 * @typedef {{ read: Read, names: Record<string, string[]>, engine: import('../../src/index.js').Engine }} Place `names`: the files of each folder
 * @typedef {Record<string, import('../../src/tensors.js').Tensor>} Tensors
 */

/** max |a - b| / max |b|, the oracle's measure; infinite if the sizes differ. @param {ArrayLike<number>} ours @param {ArrayLike<number>} golden */
export function difference(ours, golden) {
  if (ours?.length !== golden?.length) return Infinity;
  let most = 0, scale = 0;
  for (let i = 0; i < ours.length; ++i) {
    const gap = Math.abs(ours[i] - golden[i]);
    if (!(gap <= most)) most = gap;  // also keeps NaN
    scale = Math.max(scale, Math.abs(golden[i]));
  }
  return scale > 0 ? most / scale : most;
}

/** As the native tests have them, in tests/conformance. @param {string} name @param {boolean} adapted */
function tolerance(name, adapted) {
  if (name.startsWith('loss')) return 2e-6;
  if (name === 'train_loss') return 5e-6;
  if (name.startsWith('grad.')) return 1e-4;
  if (name.startsWith('trained.')) return 5e-4;
  return name.startsWith('hidden') || adapted ? 2e-5 : 5e-5;
}

/** @param {Place} place @param {string} path @returns {Promise<any>} */
const json = async ({ read }, path) => JSON.parse(new TextDecoder().decode(await read(path)));

/** @param {Place} place @param {string} folder */
const files = ({ read, names }, folder) => Promise.all(names[folder].map(async (name) => new File([await read(`${folder}/${name}`)], name)));

/** @param {import('../../src/tensors.js').Tensor} tensor a matrix @returns {number[][]} */
const rows = ({ shape: [count, width], data }) => Array.from({ length: count }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));

/**
 * Every tensor of the golden file that one of `prefixes` begins must be there and agree.
 * @param {Tensors} ours @param {Tensors} golden @param {string[]} prefixes @param {boolean} adapted
 */
function disagreements(ours, golden, prefixes, adapted) {
  const wanted = Object.keys(golden).filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  return wanted.filter((name) => !(name in ours && difference(ours[name].data, golden[name].data) <= tolerance(name, adapted)))
    .map((name) => `${name}: ${name in ours ? difference(ours[name].data, golden[name].data) : 'missing'}`);
}

/** A tiny model: logits, losses, hidden states, their gradients, and the greedy continuation. @param {Place} place @param {string} family */
export async function checkTiny(place, family) {
  const golden = readTensors(await place.read(`tiny/${family}/golden.safetensors`));
  const model = await place.engine.loadModel(await files(place, `tiny/${family}`));
  try {
    const { tensors } = await model.probe({ ids: rows(golden.input_ids), labels: rows(golden.labels), grads: true });
    const bad = disagreements(tensors, golden, ['logits', 'loss', 'hidden.', 'grad_hidden.'], false);
    const greedy = await model.probe({ ids: [Array.from(golden.input_ids.data.subarray(0, 8))], continue: golden.greedy.data.length });
    if (difference(greedy.tensors.greedy.data, golden.greedy.data) !== 0) bad.push(`greedy: ${greedy.tensors.greedy.data}`);
    return bad;
  } finally {
    await model.dispose();
  }
}

/** An adapter: logits, loss, gradients, ten steps of training; and back through the files that the package writes. @param {Place} place @param {string} name */
export async function checkAdapter(place, name) {
  const golden = readTensors(await place.read(`lora/${name}/golden.safetensors`));
  const model = await place.engine.loadModel(await files(place, `tiny/${name.slice(0, name.indexOf('_'))}`));
  try {
    const adapter = await model.loadAdapter(await files(place, `lora/${name}`));
    const ids = rows(golden.input_ids), { tensors } = await model.probe({ ids, grads: true, trainSteps: golden.train_loss.data.length });
    const bad = disagreements(tensors, golden, ['logits', 'loss', 'grad.', 'train_loss', 'trained.'], true);
    const base = await model.probe({ ids, adapter: null });
    if (difference(base.tensors.logits.data, golden.logits.data) < 1e-3) bad.push('the base answers as with the adapter');
    await adapter.dispose();
    return bad;
  } finally {
    await model.dispose();
  }
}

/** A GGUF file of each type, alone and with adapters of both formats. @param {Place} place @param {string} file as llama-tied.Q4_0.gguf */
export async function checkGguf(place, file) {
  const golden = readTensors(await place.read('gguf/golden.safetensors')), type = /** @type {string} */ (file.split('.').at(-2)), ids = rows(golden.input_ids);
  const model = await place.engine.loadModel(new File([await place.read(`gguf/${file}`)], file));
  try {
    const bad = [];
    const compare = async (/** @type {string} */ what) => {
      const { tensors: { logits } } = await model.probe({ ids });
      const gap = difference(logits.data, golden[what].data);
      if (!(gap <= 2e-5)) bad.push(`${what}: ${gap}`);
    };
    await compare(`${type}.logits`);
    if (`${type}_adapter.logits` in golden) {
      await model.loadAdapter(await place.read('gguf/adapter.gguf'));
      await compare(`${type}_adapter.logits`);
      await model.loadAdapter(await files(place, 'lora/llama-tied_lora'));
      await compare(`${type}_adapter.logits`);
    }
    for (const { text, ids: want } of await json(place, 'gguf/tokens.json')) {
      const ours = await model.tokenize(text, { parseSpecial: true });
      if (difference(ours, want) !== 0) bad.push(`${JSON.stringify(text)}: ${ours}`);
    }
    return bad;
  } finally {
    await model.dispose();
  }
}

/** The texts of a small tokenizer, there and back. @param {Place} place @param {string} name */
export async function checkTokenizer(place, name) {
  const tokenizer = await place.engine.loadTokenizer(await files(place, `tokenizer/${name}`)), bad = [];
  const equal = (/** @type {any} */ ours, /** @type {any} */ golden, /** @type {string} */ what) => {
    if (JSON.stringify(ours) !== JSON.stringify(golden)) bad.push(`${what}: ${JSON.stringify(ours)} instead of ${JSON.stringify(golden)}`);
  };
  for (const one of await json(place, `tokenizer/${name}/cases.json`)) {
    equal(await tokenizer.tokenize(one.text, { parseSpecial: true, addSpecial: true }), one.ids, `ids of ${one.text}`);
    equal(await tokenizer.tokenize(one.text, { parseSpecial: true }), one.ids_bare, `bare ids of ${one.text}`);
    equal(await tokenizer.detokenize(one.ids_bare), one.decoded, `text of ${one.ids_bare}`);
    equal(await tokenizer.detokenize(one.ids_bare, { skipSpecial: true }), one.decoded_skip_special, `plain text of ${one.ids_bare}`);
  }
  await tokenizer.dispose();
  return bad;
}

/** Everything that there is, by name. @param {Record<string, string[]>} names */
export function cases(names) {
  const folders = Object.keys(names), inside = (/** @type {string} */ top) => folders.filter((folder) => folder.startsWith(`${top}/`)).map((folder) => folder.slice(top.length + 1));
  return {
    tiny: inside('tiny'), lora: inside('lora'), tokenizer: inside('tokenizer').filter((name) => names[`tokenizer/${name}`].includes('tokenizer.json')),
    gguf: names.gguf.filter((name) => name.endsWith('.gguf') && name !== 'adapter.gguf'),
  };
}

export const checks = { tiny: checkTiny, lora: checkAdapter, tokenizer: checkTokenizer, gguf: checkGguf };

/**
 * Runs one check. @param {Place} place @param {keyof typeof checks} kind @param {string} name
 * @returns {Promise<{ bad: string[] } | { refused: string, message: string }>} what disagrees, or why it was refused
 */
export async function check(place, kind, name) {
  try {
    return { bad: await checks[kind](place, name) };
  } catch (error) {
    const { code = 'io', message } = /** @type {any} */ (error);
    return { refused: code, message };
  }
}
