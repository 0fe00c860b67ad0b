import { expect, test } from 'vitest';
import { LANGUAGES } from '../../src/i18n.js';
import de from '../../src/locales/de.json';
import en from '../../src/locales/en.json';

/** @param {any} messages @param {string} path @returns {[string, string][]} */
function texts(messages, path = '') {
  return Object.entries(messages).flatMap(([key, value]) => (value !== null && typeof value === 'object' && !('loc' in value) ? texts(value, `${path}${key}.`) : [[path + key, String(value)]]));
}

/** @param {string} text the names in braces */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('every language has every text, with the same places to fill in', () => {
  const english = texts(en);
  for (const [language, messages] of Object.entries({ de })) {
    expect(LANGUAGES).toHaveProperty(language);
    const other = new Map(texts(messages));
    expect([...other.keys()]).toEqual(english.map(([key]) => key));
    for (const [key, text] of english) expect(holes(other.get(key) ?? ''), key).toEqual(holes(text));
  }
});
