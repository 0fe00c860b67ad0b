// Theme and language.
import { defineStore } from 'pinia';
import { ref } from 'vue';
import { firstLanguage, setLanguage } from '../i18n.js';

export const useLook = defineStore('look', () => {
  const theme = ref(document.documentElement.dataset.theme ?? 'light');
  const language = ref(firstLanguage());

  /** @param {'light' | 'dark'} wanted */
  function setTheme(wanted) {
    theme.value = wanted;
    document.documentElement.dataset.theme = wanted;
    localStorage.setItem('lab-theme', wanted);
  }
  /** @param {string} wanted */
  async function speak(wanted) {
    await setLanguage(wanted);
    language.value = wanted;
  }
  return { theme, language, setTheme, speak };
});
