import i18n from '@intlify/eslint-plugin-vue-i18n';
import js from '@eslint/js';
import a11y from 'eslint-plugin-vuejs-accessibility';
import vue from 'eslint-plugin-vue';
import globals from 'globals';

export default [
  { ignores: ['dist/**', 'package*.json'] },
  js.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  ...i18n.configs.recommended,
  {
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module', globals: { ...globals.browser, ...globals.worker } },
    settings: { 'vue-i18n': { localeDir: 'src/locales/*.json', messageSyntaxVersion: '^11.0.0' } },
    rules: {
      'no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      '@intlify/vue-i18n/no-raw-text': ['error', { ignorePattern: '^[\\W\\d]+$', attributes: { '/.+/': ['title', 'aria-label', 'placeholder', 'alt'] } }],
      '@intlify/vue-i18n/no-missing-keys': 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'never' } }],
      'vue/multi-word-component-names': 'off',
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  // JavaScript and components; a language's file is as long as the page has texts.
  { files: ['**/*.js', '**/*.vue'], rules: { 'max-lines': ['error', 200] } },
  { files: ['test/**', 'scripts/**', '*.js'], languageOptions: { globals: globals.node } },
];
