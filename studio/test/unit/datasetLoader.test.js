import { expect, test } from 'vitest';
import { CorpusProblem, loadFile, loadPaste } from '../../src/data/datasetLoader.js';
import { kindOf } from '../../src/stores/drops.js';

test('a pasted text is JSON lines if its first line is an object, else text', () => {
  expect(loadPaste('{"text": "a"}\n{"text": "b"}', 'pasted').name).toBe('pasted.jsonl');
  expect(loadPaste('Dear diary', 'pasted').name).toBe('pasted.txt');
  expect(loadPaste('42 is a number', 'pasted').name).toBe('pasted.txt');
});

test('files of other kinds, and empty ones, are refused with their name', async () => {
  await expect(loadFile(new File(['x'], 'a.pdf'))).rejects.toMatchObject({ code: 'ending', file: 'a.pdf' });
  await expect(loadFile(new File([], 'a.txt'))).rejects.toBeInstanceOf(CorpusProblem);
  expect((await loadFile(new File(['abc'], 'a.MD'))).bytes.byteLength).toBe(3);
});

test('dropped files are told by their names and sizes', () => {
  const kind = (/** @type {string[]} */ names, size = 1) => kindOf(names.map((name) => ({ name, size })));
  expect(kind(['notes.md'])).toBe('corpus');
  expect(kind(['model.gguf'], 1e8)).toBe('model');
  expect(kind(['adapter.gguf'], 1e7)).toBe('adapter');
  expect(kind(['adapter_model.safetensors'])).toBe('adapter');
  expect(kind(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json'])).toBe('model');
  expect(kind(['README.md', 'adapter_config.json', 'adapter_model.safetensors'])).toBe('adapter');
  expect(kind(['holiday.jpg'])).toBe('unknown');
});
