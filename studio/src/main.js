import './engine/trustedTypes.js';
import './engine/offline.js';
import './style/tokens.css';
import './style/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n } from './i18n.js';

createApp(App).use(createPinia()).use(i18n).mount('#app');
