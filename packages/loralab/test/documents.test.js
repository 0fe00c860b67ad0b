// README's code runs, with the import line and the model's path changed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { modelPath } from './helpers.js';

test('the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, code] = readme.match(/```js\n([\s\S]*?)```/) ?? assert.fail('there is no code');
  const real = code.replace("'loralab'", JSON.stringify(new URL('../src/index.js', import.meta.url).href))
    .replace("'SmolLM2-135M-Instruct.Q4_1.gguf'", JSON.stringify(modelPath));
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', real], { encoding: 'utf8' });
  assert.match(output, /Paris/);
  assert.match(output, /^20 0\.\d+$/m);
});
