// Corpora from files, pasted text and the samples that the page brings along.
import harbour from '../../../examples/harbour-log.jsonl?url';
import workshop from '../../../examples/workshop-handbook.md?url';

/** @typedef {{ name: string, bytes: ArrayBuffer, origin: 'sample' | 'file' | 'paste', question?: string }} Corpus */

export const SAMPLES = [
  { id: 'harbour', name: 'harbour-log.jsonl', url: harbour, question: 'What is the water like at the north pier this morning?' },
  { id: 'workshop', name: 'workshop-handbook.md', url: workshop, question: 'How do I sharpen a chisel?' },
];
export const ENDINGS = ['.jsonl', '.txt', '.md'];
const LARGEST = 256 * 2 ** 20;

/** What is wrong with a corpus before the engine sees it. */
export class CorpusProblem extends Error {
  /** @param {'ending' | 'empty' | 'large'} code @param {string} name */
  constructor(code, name) {
    super(code);
    this.code = code;
    this.file = name;
  }
}

/** @param {string} name @param {number} size */
function check(name, size) {
  if (!ENDINGS.some((ending) => name.toLowerCase().endsWith(ending))) throw new CorpusProblem('ending', name);
  if (size === 0) throw new CorpusProblem('empty', name);
  if (size > LARGEST) throw new CorpusProblem('large', name);
}

/** @param {string} id @returns {Promise<Corpus>} */
export async function loadSample(id) {
  const { name, url, question } = SAMPLES.find((sample) => sample.id === id) ?? SAMPLES[0];
  return { name, question, origin: 'sample', bytes: await (await fetch(url)).arrayBuffer() };
}

/** @param {File} file @returns {Promise<Corpus>} */
export async function loadFile(file) {
  check(file.name, file.size);
  return { name: file.name, origin: 'file', bytes: await file.arrayBuffer() };
}

/** A pasted text is JSON lines if its first line is an object. @param {string} text @param {string} stem @returns {Corpus} */
export function loadPaste(text, stem) {
  const name = `${stem}.${looksLikeJsonl(text) ? 'jsonl' : 'txt'}`;
  const bytes = new TextEncoder().encode(text.trim()).buffer;
  check(name, bytes.byteLength);
  return { name, origin: 'paste', bytes };
}

/** @param {string} text */
function looksLikeJsonl(text) {
  try {
    return typeof JSON.parse(text.trimStart().split('\n', 1)[0]) === 'object';
  } catch {
    return false;
  }
}

/** What a sample can be asked. @param {string} name */
export const questionOf = (name) => SAMPLES.find((sample) => sample.name === name)?.question ?? '';
