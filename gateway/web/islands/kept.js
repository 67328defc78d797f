// The page for when there is no network: what was read on this device, the newest first.

export async function start(list) {
  if (!("caches" in window)) return;
  const cache = await caches.open("pages");
  const rows = [];
  for (const request of await cache.keys()) {
    const answer = await cache.match(request, { ignoreVary: true });
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    rows.push({ url: new URL(request.url), title: read.querySelector("h1")?.textContent ?? read.title, at: new Date(answer.headers.get("date") ?? 0) });
  }
  rows.sort((one, other) => other.at - one.at);
  list.replaceChildren(...rows.map(row));
  if (rows.length) document.querySelector("[data-none-kept]")?.remove();
}

function row({ url, title, at }) {
  const item = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: url.pathname + url.search, textContent: title.trim() || url.pathname });
  const hour = Object.assign(document.createElement("time"), { className: "meta", dateTime: at.toISOString() });
  link.dir = "auto";
  hour.textContent = at.toLocaleString(document.documentElement.lang, { weekday: "long", hour: "numeric", minute: "2-digit" });
  item.append(link, " ", hour);
  return item;
}
