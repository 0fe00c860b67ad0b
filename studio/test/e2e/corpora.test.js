// Corpora in every form: what is counted, what is marked as learnt, and what is said of files that cannot be used.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadModel, modelPath, program, root, takeSample, useStudio } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'corpora-'));

const studio = useStudio({}, async () => {
  await studio.browser.page.goto(studio.server.url);
  await loadModel(studio.browser.page);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} name @param {string | Uint8Array} content */
function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const dialog = () => studio.browser.page.getByRole('dialog');
const close = () => dialog().getByRole('button', { name: 'Done' }).click();

/** Opens a file and looks at what became of it. @param {string} path */
async function open(path) {
  await studio.browser.page.locator('header').getByLabel('Choose a file').setInputFiles(path);
  await dialog().waitFor();
}

/** The figures of the open dialog, in digits. */
async function figures() {
  await dialog().locator('[data-fact=tokens]').waitFor();
  /** @type {[string, string][]} */
  const entries = await dialog().locator('[data-fact]').evaluateAll((all) => all.map((one) => [/** @type {HTMLElement} */ (one).dataset.fact ?? '', one.querySelector('dd')?.textContent?.replaceAll(',', '') ?? '']));
  return Object.fromEntries(entries);
}

/** Each line's tokens as the program counts them. @param {string} lines of JSON @param {string[]} [options] @returns {number[]} */
const counted = (lines, options = []) => execFileSync(program, ['tokenize', '--model', modelPath, ...options], { input: lines, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
  .trim().split('\n').map((line) => JSON.parse(line).ids.length);
const sum = (/** @type {number[]} */ numbers) => numbers.reduce((all, one) => all + one, 0);

/** The texts that are marked in the open dialog. @param {'learnt' | 'read'} kind */
const marked = (kind) => dialog().locator(`.documents .${kind}`).allInnerTexts();

test('the sample is counted as the program counts it, and only its answers are learnt', async () => {
  await takeSample(studio.browser.page);
  await studio.browser.page.getByRole('button', { name: /^Corpus:/ }).click();
  await studio.browser.page.getByRole('button', { name: 'Look at the corpus' }).click();
  const shown = await figures(), expected = counted(readFileSync(join(root, 'examples/harbour-log.jsonl'), 'utf8'), ['--chat']);
  assert.equal(shown.documents, String(expected.length));
  assert.equal(shown.tokens, String(sum(expected)));
  const [question] = await marked('read'), [answer] = await marked('learnt');
  assert.match(question, /user/);
  assert.match(answer, /^MATTER/);
  assert.ok(!(await marked('learnt')).some((text) => text.includes('<|im_start|>user')));
  await close();
});

test('a text file and a Markdown file are learnt as they are', async () => {
  const text = '# Tides\n\nThe tide turns at six, and the boats go out.\n';
  for (const name of ['tides.txt', 'tides.md']) {
    await open(file(name, text));
    const { documents, tokens } = await figures();
    // And one that says that the text ends.
    assert.deepEqual([documents, tokens], ['1', String(sum(counted(JSON.stringify({ text }))) + 1)]);
    assert.equal((await marked('learnt')).join('').includes('The tide turns at six'), true);
    assert.ok(!(await marked('read')).join('').includes('tide'));
    await close();
    await studio.browser.page.getByRole('button', { name: `Corpus: ${name}` }).waitFor();
  }
});

test('prompts are greyed, completions are not', async () => {
  await open(file('pairs.jsonl', '{"prompt": "When does it turn?", "completion": "At six."}\n{"prompt": "And then?", "completion": "The boats go out."}\n'));
  assert.equal((await figures()).documents, '2');
  const read = (await marked('read')).join('|'), learnt = (await marked('learnt')).join('|');
  for (const text of ['When does it turn?', 'And then?']) assert.ok(read.includes(text) && !learnt.includes(text), `${read} / ${learnt}`);
  for (const text of ['At six.', 'The boats go out.']) assert.ok(learnt.includes(text) && !read.includes(text), `${read} / ${learnt}`);
  const look = (/** @type {string} */ kind) => dialog().locator(`.documents .${kind}`).first().evaluate((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor].join());
  assert.notEqual(await look('read'), await look('learnt'));
  await close();
});

test('a pasted text is learnt', async () => {
  await studio.browser.page.getByRole('button', { name: 'Paste text' }).first().click();
  await dialog().getByRole('textbox').fill('The fog horn is tested at noon.');
  await dialog().getByRole('button', { name: 'Use this text' }).click();
  assert.equal((await figures()).documents, '1');
  assert.ok((await marked('learnt')).join('').includes('fog horn is tested at noon.'));
  await close();
});

for (const [what, name, content, sentence] of /** @type {[string, string, string | Uint8Array, RegExp][]} */ ([
  ['of another kind', 'notes.pdf', '%PDF', /notes\.pdf is none of \.txt, \.md and \.jsonl/],
  ['without content', 'empty.txt', '', /empty\.txt is empty/],
  ['with a broken line', 'broken.jsonl', '{"text": "a b c"}\n\n{"text": "a b', /line 3/],
  ['without what is to be learnt', 'fields.jsonl', '{"text": "a b c"}\n{"words": "d"}\n', /line 2/],
  ['that is no UTF-8', 'latin.txt', new Uint8Array([0x61, 0x62, 0xe9, 0x20, 0x63]), /byte 2|UTF-8/],
])) {
  test(`a file ${what} gets a sentence that says so`, async () => {
    await open(file(name, content));
    const note = dialog().getByRole('alert');
    await note.waitFor();
    assert.match(await note.innerText(), sentence);
    // The corpus of before is still there.
    await close();
    await studio.browser.page.getByRole('button', { name: 'Corpus: pasted.txt' }).waitFor();
  });
}

test('nothing went wrong unseen', () => assert.deepEqual(studio.browser.errors, []));
