// The service worker: the page opens without a network. It keeps one set of files, named by version; a
// new version waits until the page asks for it, so that a page never gets files of two versions.
const version = "reviewlens-{{.Version}}";
const files = {{.ResourcesToCache}};

self.addEventListener("install", (event) =>
  event.waitUntil(caches.open(version).then((cache) => cache.addAll(files))));

self.addEventListener("activate", (event) =>
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== version).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

// Only the page's own files are answered from the cache: requests to the service go straight through.
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/v1/")) return;
  event.respondWith(caches.match(event.request, { ignoreSearch: event.request.mode === "navigate" })
    .then((kept) => kept || fetch(event.request)));
});
