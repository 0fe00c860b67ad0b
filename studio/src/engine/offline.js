// Asks for the service worker, after the page itself has loaded: its files are not to come before what is seen.

if (import.meta.env.PROD && 'serviceWorker' in navigator)
  addEventListener('load', () => navigator.serviceWorker.register('/offline.js').catch(() => { /* The page works without, but not offline. */ }));

export {};
