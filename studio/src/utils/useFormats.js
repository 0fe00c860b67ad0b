// The formats of the language that is shown.
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { formats } from './format.js';

/** @returns {import('vue').ComputedRef<ReturnType<typeof formats>>} */
export function useFormats() {
  const { locale } = useI18n();
  return computed(() => formats(locale.value));
}
