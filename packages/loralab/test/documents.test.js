// README's code runs as one program, with the import line and the model's path changed; its page in test/browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { modelPath } from './helpers.js';

test('the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
  assert.ok(blocks.length >= 8);
  const [first, ...rest] = blocks;
  // What a block declares is its own, but for what the later ones use.
  const kept = ['ids', 'handle', 'resumed'];
  const later = rest.map((code) => `{\n${code.replace(/^const (\w+) =/gm, (line, name) => (kept.includes(name) ? `${name} =` : line))}}\n`);
  const code = `${first}let ${kept.join(', ')};\n${later.join('')}`
    .replace("'loralab'", JSON.stringify(new URL('../src/index.js', import.meta.url).href))
    .replace("'SmolLM2-135M-Instruct.Q4_1.gguf'", JSON.stringify(modelPath));
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  assert.match(output, /Paris/);
  assert.match(output, /^20 0\.\d+$/m);
  assert.match(output, /plain SIMD, as asked; 2 threads, as asked/);
  assert.match(output, /0 and \[1<\|im_end\|>\]/);
  assert.match(output, /^memory: \d+ bytes planned, \d+ in use at most, \d+ grown to$/m);
  assert.match(output, /bad_json 2/);
});
