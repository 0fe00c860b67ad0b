import { expect, test } from 'vitest';
import { chosenFolder, droppedFiles } from '../../src/utils/filesOf.js';

const file = (/** @type {string} */ name, path = '') => /** @type {File} */ ({ name, webkitRelativePath: path });
const fileEntry = (/** @type {string} */ name) => ({ isFile: true, isDirectory: false, name, file: (/** @type {(file: File) => void} */ done) => done(file(name)) });

/** A folder as browsers show it: its entries come in several pieces. @param {string} name @param {any[][]} pieces */
function folderEntry(name, pieces) {
  const left = [...pieces, []];
  return { isFile: false, isDirectory: true, name, createReader: () => ({ readEntries: (/** @type {(entries: any[]) => void} */ done) => done(left.shift() ?? []) }) };
}

test('of a folder that is dropped come its own files, not those of folders in it', async () => {
  const inner = folderEntry('onnx', [[fileEntry('config.json')]]);
  const entry = folderEntry('my-model', [[fileEntry('config.json'), inner], [fileEntry('model.safetensors')]]);
  const { files, folder } = await droppedFiles(/** @type {any} */ ({ files: [file('my-model')], items: [{ webkitGetAsEntry: () => entry }] }));
  expect(folder).toBe('my-model');
  expect(files.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
});

test('files that are dropped come as they are', async () => {
  const { files, folder } = await droppedFiles(/** @type {any} */ ({ files: [file('a.md')], items: [{ webkitGetAsEntry: () => fileEntry('a.md') }] }));
  expect([files.length, folder]).toEqual([1, null]);
});

test('of a folder that is chosen count the files that lie directly in it', () => {
  const { files, folder } = chosenFolder([file('config.json', 'my-model/config.json'), file('config.json', 'my-model/onnx/config.json')]);
  expect([files.length, folder]).toEqual([1, 'my-model']);
});
