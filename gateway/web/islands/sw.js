// Reading without a network: the shell is kept under its content's names, pages are asked of the network first and
// remembered. Nothing that changes anything is kept, delayed or sent again; the vote log and the API are left alone.
// The node serves this file as /sw.js with its own words in front: `self.plaanet = { shell, words, version }`.

const { shell, words, version } = self.plaanet;
const SHELL = `shell-${version}`;
const PAGES = "pages";
const ASSETS = "assets";
const OFFLINE = "/hors-ligne";
const PAGES_MAX = 60;
const ASSETS_MAX = 80;
const KEPT_MS_MAX = 7 * 24 * 3600 * 1000;
const NOT_OURS = ["/api/", "/log/", "/health/", "/live", "/static/"];
const SESSION_CHANGES = ["/connexion", "/inscription", "/deconnexion"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([...shell, new Request(OFFLINE, { cache: "reload" })])));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || NOT_OURS.some((start) => url.pathname.startsWith(start))) return;
  if (request.method !== "GET") {
    // Who comes or goes finds nothing of who was here before.
    if (SESSION_CHANGES.includes(url.pathname)) event.waitUntil(caches.delete(PAGES));
    return;
  }
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(event));
});

async function forgetOldShells() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== SHELL).map((name) => caches.delete(name)));
}

async function page(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (isToBeKept(answer)) event.waitUntil(keep(PAGES, PAGES_MAX, request.url, answer.clone()));
    return answer;
  } catch {
    return (await kept(request.url)) ?? (await caches.match(OFFLINE, { ignoreVary: true })) ?? Response.error();
  }
}

async function asset(event) {
  const { request } = event;
  const known = await caches.match(request.url, { ignoreVary: true });
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) event.waitUntil(keep(ASSETS, ASSETS_MAX, request.url, answer.clone()));
  return answer;
}

function isToBeKept(answer) {
  return (
    answer.status === 200 &&
    !answer.redirected &&
    (answer.headers.get("content-type") ?? "").startsWith("text/html") &&
    !(answer.headers.get("cache-control") ?? "").includes("no-store")
  );
}

async function keep(name, most, url, answer) {
  const cache = await caches.open(name);
  await cache.delete(url, { ignoreVary: true });
  await cache.put(url, answer);
  const urls = await cache.keys();
  await Promise.all(urls.slice(0, Math.max(0, urls.length - most)).map((old) => cache.delete(old, { ignoreVary: true })));
}

// The page as it was read, with a mark that says when.
async function kept(url) {
  const cache = await caches.open(PAGES);
  const known = await cache.match(url, { ignoreVary: true });
  if (!known) return undefined;
  const at = new Date(known.headers.get("date") ?? 0);
  if (Date.now() - at > KEPT_MS_MAX) {
    await cache.delete(url, { ignoreVary: true });
    return undefined;
  }
  const html = await known.text();
  const language = html.match(/<html lang="([a-z-]+)"/)?.[1] ?? "fr";
  const mark = `<div class="notice plain stale" role="status"><p>${sentence(language, at)}</p></div>`;
  const marked = html.replace("<html ", `<html data-kept="${at.toISOString()}" `).replace(/<main\b[^>]*>/, (main) => main + mark);
  const headers = new Headers(known.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  return new Response(marked, { headers });
}

function sentence(language, at) {
  const isToday = at.toDateString() === new Date().toDateString();
  const clock = at.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
  const day = at.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
  const said = language === "fr" ? clock.replace(":", "\u00a0h\u00a0") : clock;
  const { today, before } = words[language] ?? words.fr;
  return (isToday ? today : before).replace("%(clock)s", said).replace("%(day)s", day);
}
