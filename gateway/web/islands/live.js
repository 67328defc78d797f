// A part of a page that stays true while one looks at it:
//
//   <section id="news" data-island="live" data-live-group="…" data-live-url="/g/…" data-live-say="Mis à jour.">
//
// The node says that something happened in the group, never what; the part is then asked for again, with the reader's own
// rights, and put in place of the old one. One connection serves all parts of a page; it rests while nobody looks, and goes
// on from where it was.

const SOON_MS = 300;
const SPREAD_MS = 1_200;
const AGAIN_MS_MIN = 2_000;
const AGAIN_MS_MAX = 300_000;

const parts = new Set();
const waiting = new Map(); // an address -> how far each log was heard of
let place = "";
let stop = null;

export function start(element) {
  parts.add(element);
  if (parts.size > 1) return;
  document.addEventListener("visibilitychange", turn);
  turn();
}

function turn() {
  if (document.visibilityState === "visible" && !stop) listen();
  else if (document.visibilityState === "hidden" && stop) {
    stop.abort();
    stop = null;
  }
}

async function listen() {
  const own = new AbortController();
  stop = own;
  let wait = AGAIN_MS_MIN;
  while (!own.signal.aborted) {
    const began = Date.now();
    try {
      await hear(own.signal);
    } catch (fault) {
      if (own.signal.aborted) return;
      console.debug("live", fault);
    }
    // A line that lasted is taken up again soon; one that is refused, later and later, and not by everybody at once.
    wait = Date.now() - began > AGAIN_MS_MAX / 10 ? AGAIN_MS_MIN : Math.min(2 * wait, AGAIN_MS_MAX);
    await new Promise((go) => setTimeout(go, wait * (0.5 + Math.random())));
  }
}

async function hear(signal) {
  const headers = place ? { "Last-Event-ID": place } : {};
  const answer = await fetch("/live", { headers, signal });
  if (!answer.ok) throw new Error(`live: ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) take(event);
  }
}

function take(event) {
  const fields = Object.fromEntries(event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  if (!fields.id) return;
  place = fields.id;
  if (fields.event === "Listening") return;
  const news = JSON.parse(fields.data);
  for (const part of parts) {
    const { liveGroup, liveId, liveUrl } = part.dataset;
    if ((!liveGroup || liveGroup === news.group_id) && (!liveId || liveId === news.id)) renewSoon(liveUrl || location.href, news);
  }
}

// Where much happens a page is asked for now and then, not only once it is quiet again; and once for all of its parts.
function renewSoon(url, { log, position }) {
  const known = waiting.get(url);
  waiting.set(url, { ...known, [log]: position });
  if (known) return;
  setTimeout(() => {
    const heard = waiting.get(url);
    waiting.delete(url);
    renew(url, heard).catch((fault) => console.debug("live", fault));
  }, SOON_MS + SPREAD_MS * Math.random());
}

async function renew(url, heard) {
  const own = [...parts].filter((part) => (part.dataset.liveUrl || location.href) === url && !isWritten(part));
  if (!own.length) return;
  const atLeast = Object.entries(heard).map(([log, position]) => `${log}:${position}`);
  const answer = await fetch(url, { headers: { "Plaanet-At-Least": atLeast.join(",") } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = own.filter((part) => put(part, page.getElementById(part.id)));
  if (fresh.length) say(fresh[0].dataset.liveSay);
}

// Returns whether the part says something new.
function put(part, found) {
  if (!found || isWritten(part)) return false;
  unfold(found, part);
  if (found.innerHTML === part.innerHTML) return false;
  const isNews = found.textContent !== part.textContent;
  const held = part.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  part.replaceChildren(...found.childNodes);
  if (held) part.querySelector(held)?.focus({ preventScroll: true });
  part.dispatchEvent(new CustomEvent("plaanet:fresh", { bubbles: true }));
  return isNews;
}

// Nothing is taken from under the hands of who writes, or has begun to.
function isWritten(part) {
  const fields = [...part.querySelectorAll("input, textarea, select")];
  const first = (options) => Math.max(0, options.findIndex((option) => option.defaultSelected));
  const isChanged = (field) => {
    if (field.type === "hidden") return false;
    if (field.matches("select")) return field.selectedIndex !== first([...field.options]);
    return field.value !== field.defaultValue || (field.checked ?? false) !== (field.defaultChecked ?? false);
  };
  return fields.some((field) => field === document.activeElement || isChanged(field));
}

// What is unfolded stays so.
function unfold(found, part) {
  const titleOf = (details) => details.querySelector("summary")?.textContent;
  const open = new Set([...part.querySelectorAll("details[open]")].map(titleOf));
  for (const details of found.querySelectorAll("details")) if (open.has(titleOf(details))) details.open = true;
}

function nameOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const [href, name] = [element.getAttribute("href"), element.getAttribute("name")];
  if (href) return `a[href="${CSS.escape(href)}"]`;
  return name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(element.value)}"]` : null;
}

function say(sentence) {
  if (!sentence) return;
  let voice = document.getElementById("live-voice");
  if (!voice) {
    voice = Object.assign(document.createElement("div"), { id: "live-voice", className: "sr" });
    voice.setAttribute("role", "status");
    document.body.append(voice);
  }
  voice.textContent = "";
  setTimeout(() => (voice.textContent = sentence), 50);
}
