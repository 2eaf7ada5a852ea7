// Pages: network first, the kept one when the node does not answer. Hashed files: kept once seen.
// Answers of the API are never kept here: lib/offline.ts knows whose they are.
const CACHE = 'estafeta-%VERSION%';
const FIRST = '%FIRST%';
// What a proxy says for a node that is not there.
const GONE = [502, 503, 504];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(['/', ...FIRST])));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((keys) => Promise.all(keys.filter((k) => k !== CACHE).map((k) => caches.delete(k))))
      .then(() => self.clients.claim()),
  );
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  const hit = await cache.match(request);
  if (hit) return hit;
  const answer = await fetch(request);
  if (answer.ok) void cache.put(request, answer.clone());
  return answer;
}

async function page(request) {
  const cached = async () => (await caches.open(CACHE)).match('/');
  try {
    const answer = await fetch(request);
    return (GONE.includes(answer.status) && (await cached())) || answer;
  } catch {
    return (await cached()) || Response.error();
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/assets/')) event.respondWith(kept(request));
  else if (request.mode === 'navigate' && !url.pathname.startsWith('/api/')) event.respondWith(page(request));
});
