import * as loralab from '/src/index.js';

Object.assign(window, { loralab });
