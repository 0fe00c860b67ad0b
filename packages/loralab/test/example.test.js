// The example script trains and chats, on a model of two layers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { oracle, root } from './helpers.js';

test('the example script', (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'loralab-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  const script = join(root, 'examples/loralab/train-and-chat.js'), model = join(oracle, 'gguf/llama-tied.Q8_0.gguf');
  const output = execFileSync(process.execPath, [script, model, join(root, 'examples/workshop-handbook.md'), 'hello', '20'], { cwd, encoding: 'utf8' });
  assert.match(output, /llama, 2 layers; .*SIMD/);
  assert.match(output, /step 20 of 20: loss \d/);
  assert.match(output, /Without an adapter: hello\n.+\n[\s\S]*With the adapter: hello\n.+\n/);
  execFileSync('python3', ['-m', 'zipfile', '-t', join(cwd, 'adapter.zip')]);
  assert.ok(readFileSync(join(cwd, 'adapter.zip')).length > 10000);
});
