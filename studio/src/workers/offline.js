// The service worker: keeps the studio's own files, so that the page opens without a network. Built to /offline.js.
import { clientsClaim } from 'workbox-core/clientsClaim.js';
import { cleanupOutdatedCaches, matchPrecache, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

/** Every file of the build, and the hash of those without one in their names; the build puts the list here. @type {{ url: string, revision: string | null }[]} */
const FILES = /** @type {any} */ (self).__OFFLINE_FILES__;

// A newer page if there is one. It waits for no other tab, as the files that it names have new names.
registerRoute(new NavigationRoute(async ({ request }) => {
  try {
    return await fetch(request);
  } catch {
    return await matchPrecache('/index.html') ?? Response.error();
  }
}));
precacheAndRoute(FILES);
cleanupOutdatedCaches();
clientsClaim();
