// The service worker: the page opens without a network. It keeps one set of files, named by
// version; a new version waits until the page requests it, so that a page never gets files of two
// versions. The model files on the device are large and have no version: web/device.js keeps them
// in a cache of its own.
const version = "reviewlens-{{.Version}}";
const files = {{.ResourcesToCache}};

const shared = "shared"; // shared by another app, until the page takes it

self.addEventListener("install", (event) =>
  event.waitUntil(caches.open(version).then((cache) => cache.addAll(files))));

self.addEventListener("activate", (event) =>
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => ![version, shared, "reviewlens-device"].includes(name)).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

// Only the page's own files are answered from the cache: requests to the service are passed
// through.
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "POST" && url.origin === location.origin && url.pathname === "/share") {
    event.respondWith(share(event.request));
    return;
  }
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/v1/")) return;
  event.respondWith(caches.match(event.request, { ignoreSearch: event.request.mode === "navigate" })
    .then((kept) => kept || fetch(event.request)));
});

// share stores a shared file or text on this device and opens the page, which takes it. Nothing of
// it is sent to the server.
async function share(request) {
  const form = await request.formData();
  const file = form.get("file");
  const what = file instanceof File && file.size ? file : new Blob([form.get("text") ?? form.get("title") ?? ""]);
  await (await caches.open(shared)).put("/shared", new Response(what, { headers: { "X-Name": encodeURIComponent(what.name ?? "") } }));
  return Response.redirect("/?shared", 303);
}
