// The page's language: every text comes from locales/, English where another one lacks it.
import { createI18n } from 'vue-i18n';
import en from './locales/en.json';

/** Languages by their own names. A language is complete when its file has every key of en.json (see the test). */
export const LANGUAGES = { en: 'English', de: 'Deutsch' };

/** @type {Record<string, () => Promise<any>>} */
const others = { de: () => import('./locales/de.json') };

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: /** @type {any} */ ({ en }) });

/** @param {string} language */
export async function setLanguage(language) {
  const { global } = i18n;
  if (others[language] && !global.availableLocales.includes(/** @type {any} */ (language)))
    global.setLocaleMessage(/** @type {any} */ (language), (await others[language]()).default);
  global.locale.value = /** @type {any} */ (language);
  document.documentElement.lang = language;
  localStorage.setItem('lab-language', language);
}

/** The language of the last visit, else the browser's, else English. */
export function firstLanguage() {
  const wanted = [localStorage.getItem('lab-language'), ...navigator.languages.map((tag) => tag.split('-')[0])];
  return wanted.find((language) => language && language in LANGUAGES) ?? 'en';
}
