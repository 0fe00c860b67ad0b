// Which dialog is open.
import { defineStore } from 'pinia';
import { ref } from 'vue';

/** @typedef {'model' | 'paste' | 'corpus' | 'plan' | 'abort' | 'table' | 'network'} WindowName */

export const useWindows = defineStore('windows', () => {
  /** @type {import('vue').Ref<WindowName | null>} */
  const open = ref(null);
  /** @param {WindowName} name */
  const show = (name) => { open.value = name; };
  const close = () => { open.value = null; };
  return { open, show, close };
});
