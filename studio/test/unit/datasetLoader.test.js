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

test('a dropped file is told by its name and size', () => {
  const file = (/** @type {string} */ name, size = 1) => /** @type {File} */ ({ name, size });
  expect(kindOf(file('notes.md'))).toBe('corpus');
  expect(kindOf(file('model.gguf', 1e8))).toBe('model');
  expect(kindOf(file('adapter.gguf', 1e7))).toBe('adapter');
  expect(kindOf(file('adapter_model.safetensors'))).toBe('adapter');
});
