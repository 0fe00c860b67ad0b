// Every request of wasm/requests.def, asked of the module itself: the members of its answer are those that the list says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EngineModule } from '../src/module.js';
import { oracle, root } from './helpers.js';

/** "a: number, b?: { c: string }[]" to its members outside of braces. @param {string} text @returns {{ name: string, optional: boolean, type: string }[]} */
function members(text) {
  /** @type {string[]} */
  const parts = [];
  let depth = 0, from = 0;
  for (let i = 0; i <= text.length; ++i) {
    if ('{<('.includes(text[i])) ++depth;
    if ('}>)'.includes(text[i])) --depth;
    if (i < text.length && (text[i] !== ',' || depth > 0)) continue;
    if (text.slice(from, i).trim()) parts.push(text.slice(from, i).trim());
    from = i + 1;
  }
  return parts.map((part) => {
    const [, name, mark, type] = /** @type {string[]} */ (part.match(/^(\w+)(\??): (.*)$/s));
    return { name, optional: mark === '?', type };
  });
}

/** @param {any} value @param {string} type */
function fits(value, type) {
  if (type.endsWith('[]')) return Array.isArray(value);
  if (type.startsWith('{') || type === 'object' || type.startsWith('Record')) return typeof value === 'object';
  return type.split(' | ').some((one) => one === typeof value || one === `'${value}'` || (one === 'null' && value === null));
}

const list = readFileSync(join(root, 'wasm/requests.def'), 'utf8');
/** @type {Map<string, { asked: ReturnType<typeof members>, answered: ReturnType<typeof members> }>} */
const requests = new Map([...list.matchAll(/LAB_REQUEST\((\w+),\s*"([^"]*)",\s*"([^"]*)"\)/g)].map(([, name, asked, answered]) => [name, { asked: members(asked), answered: members(answered) }]));

test('every request asks for and answers with what the list says', async () => {
  const engine = await EngineModule.start(readFileSync(join(root, 'packages/loralab/wasm/loralab.wasm')), 1), done = new Set();
  /** @param {string} name @param {any} request @returns {any} */
  const ask = (name, request) => {
    const { asked, answered } = requests.get(name) ?? assert.fail(name);
    for (const key of Object.keys(request)) assert.ok(asked.some((member) => member.name === key && fits(request[key], member.type)), `${name} is asked ${key}`);
    const answer = engine.call({ do: name, ...request });
    for (const key of Object.keys(answer)) assert.ok(answered.some((member) => member.name === key), `${name} answers ${key}, which is not in the list`);
    for (const member of answered) {
      assert.ok(member.optional || member.name in answer, `${name} does not answer ${member.name}`);
      if (member.name in answer) assert.ok(fits(answer[member.name], member.type), `${name}: ${member.name} is ${answer[member.name]}`);
    }
    done.add(name);
    return answer;
  };
  const put = (/** @type {string} */ path, /** @type {string | Uint8Array} */ bytes) => engine.putFile(path, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
  put('m.gguf', readFileSync(join(oracle, 'gguf/llama-tied.F32.gguf')));
  put('a.gguf', readFileSync(join(oracle, 'gguf/adapter.gguf')));
  put('c.jsonl', Array.from({ length: 8 }, (_, i) => `{"prompt":"${i} and ","completion":"${i + 1}"}`).join('\n'));
  const settings = { data: 'c.jsonl', steps: 2, context: 16, val_fraction: 0.3 };

  ask('inspect', { path: 'm.gguf' });
  ask('inspect', { path: 'c.jsonl' });
  const { tokenizer } = ask('open_tokenizer', { path: 'm.gguf' }), { model } = ask('open_model', { path: 'm.gguf' }), { adapter } = ask('load_adapter', { model, path: 'a.gguf' });
  const { ids } = ask('tokenize', { tokenizer, text: 'one two', parse_special: true, add_special: false });
  ask('tokenize', { model, messages: [{ role: 'user', content: 'x' }], add_generation_prompt: true });
  ask('detokenize', { model, ids, skip_special: true });
  ask('corpus', { model, settings, documents: 2, tokens: 9 });
  const { generation } = ask('generate', { model, adapter, strength: 0.5, ids, max_tokens: 2, context: 32, temperature: 0, seed: 3, stop: ['.'] });
  for (let over = false; !over;) over = ask('next_token', { generation }).over;
  ask('plan', { model, settings });
  const { run } = ask('train', { model, settings });
  for (let row = 0, over = false; !over; ++row) over = ask('validate', { run, row }).over;
  ask('step', { run });
  ask('proof', { run });
  ask('run_memory', { run });
  ask('save', { run, path: 'out.gguf', dtype: 'f32' });
  ask('save_checkpoint', { run, path: 'state' });
  assert.ok(engine.written.take('out.gguf').length > 0 && engine.written.take('state/checkpoint.safetensors').length > 0);
  ask('probe', { model, adapter, path: 'p.safetensors', ids: [ids], grads: true, train_steps: 1, lr: 0.01, weight_decay: 0, continue: 2 });
  const { check } = ask('check_gradient', { model, run, directions: 2 });
  ask('next_direction', { check });
  ask('close', { model, tokenizer, adapter, generation, check, run });
  assert.deepEqual([...requests.keys()].filter((name) => !done.has(name)), []);
  assert.throws(() => engine.call({ do: 'step', run }), { code: 'not_found' });
  assert.throws(() => engine.call({ do: 'nothing' }), { code: 'unsupported' });
});
