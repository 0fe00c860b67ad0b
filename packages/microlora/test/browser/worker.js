import { checks } from './checks.js';

onmessage = async ({ data }) => postMessage(await checks(data));
