// “Recount on my phone”: has a worker count the vote again and ticks off the sentences as they are found to hold.

const KNOWN = "plaanet-log";
const WHY_MAX = 12;

export function start(root) {
  const page = new Page(root);
  page.go.addEventListener("click", () => page.run(null));
  page.file.addEventListener("change", async () => {
    const [file] = page.file.files;
    if (file) page.run(await file.arrayBuffer());
  });
  page.keep.addEventListener("click", () => page.worker.postMessage({ keep: true }));
}

class Page {
  constructor(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.root = root;
    this.data = root.dataset;
    [this.title, this.sub, this.card, this.bar, this.go, this.file, this.keep, this.line, this.code] = [
      "title", "sub", "card", "bar", "go", "file", "keep", "line", "code",
    ].map(part);
    this.words = root.querySelector("template").content;
    this.icons = Object.fromEntries(["ok", "bad", "todo", "unknown"].map((name) => [name, this.words.querySelector(`[data-icon="${name}"]`)]));
    this.checks = [...root.querySelectorAll("[data-check]")];
    this.numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
    this.plurals = new Intl.PluralRules(document.documentElement.lang);
    this.worker = null;
  }

  async run(file) {
    this.worker?.terminate();
    this.begin();
    const facts = await this.facts();
    this.worker = new Worker(this.data.worker, { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data, file !== null);
    this.worker.onerror = () => this.unreadable();
    const { poll: pollId, base, atLeast } = this.data;
    this.worker.postMessage({
      pollId,
      base: new URL(base, location.href).href,
      file,
      facts,
      line: Number(this.line.value) || null,
      code: this.code.value.trim().toUpperCase() || null,
      known: remembered(),
      atLeast: Number(atLeast),
    });
  }

  // What the node shows; without a network there is none, and a log that was kept is counted all the same.
  async facts() {
    try {
      const answer = await fetch(this.data.facts, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  begin() {
    this.card.classList.remove("broken", "doubtful");
    this.go.setAttribute("aria-busy", "true");
    this.go.textContent = this.say("busy");
    this.title.textContent = this.say("title.busy");
    this.sub.textContent = this.say("sub.busy");
    this.keep.hidden = true;
    this.part(0, 1);
    for (const check of this.checks) this.mark(check, "todo", check.dataset.rest);
  }

  hear(news, isKept) {
    if (news.check) this.tell(news.check);
    else if (news.of) this.part(0.6 * (news.done / news.of), 1);
    else if (news.archive) save(news.archive, `${this.data.poll}.zip`);
    else if (news.end) this.end(news.end, isKept);
    else if (news.unreadable !== undefined) this.unreadable();
  }

  part(done, of) {
    this.bar.style.setProperty("--v", `${(100 * done) / of}%`);
  }

  tell({ id, state, say, values, differences }) {
    const check = this.checks.find((each) => each.dataset.check === id);
    const text = this.say(`${id}.${say}`, values) ?? this.say(say, values);
    this.mark(check, state, text);
    const found = this.checks.filter(({ className }) => className !== "todo").length;
    this.part(0.6 + 0.4 * (found / this.checks.length), 1);
    if (differences.length) check.querySelector("[data-said]").after(this.why(differences));
  }

  mark(check, state, text) {
    check.className = state === "ok" ? "" : state;
    check.querySelector("svg").replaceWith(this.icons[state].querySelector("svg").cloneNode(true));
    check.querySelector("[data-said]").textContent = text;
    check.querySelector(".why")?.remove();
  }

  why(differences) {
    const list = document.createElement("ul");
    list.className = "why";
    const add = (text) => {
      list.append(Object.assign(document.createElement("li"), { textContent: text }));
    };
    const sentences = differences.map(({ rule, position }) => {
      const what = this.say(`rule.${rule}`) ?? rule;
      return position ? this.say("at", { line: position, what }) : what;
    });
    const distinct = [...new Set(sentences)];
    distinct.slice(0, WHY_MAX).forEach(add);
    if (distinct.length > WHY_MAX) add(this.say("more", { n: distinct.length - WHY_MAX }));
    return list;
  }

  end({ state, ms, size, checkpoint }, isKept) {
    for (const check of this.checks) if (check.className === "todo") this.mark(check, "unknown", this.say("unreached"));
    this.stop(state, { seconds: this.numbers.format(ms / 1000), n: size });
    this.card.classList.toggle("broken", state === "broken");
    this.keep.hidden = isKept;
    if (state !== "broken" && !isKept && checkpoint) remember(checkpoint);
    this.root.dataset.state = state;
    this.root.dataset.ms = Math.round(ms);
  }

  unreadable() {
    for (const check of this.checks) if (check.className === "todo") this.mark(check, "unknown", this.say("unreached"));
    this.card.classList.add("doubtful");
    this.stop("unreadable");
    this.root.dataset.state = "unreadable";
  }

  stop(state, values) {
    this.go.removeAttribute("aria-busy");
    this.go.textContent = this.say("again");
    this.title.textContent = this.say(`title.${state}`);
    this.sub.textContent = this.say(`sub.${state}`, values);
    this.part(1, 1);
    this.file.value = "";
  }

  // Sentences are the page’s; `{name}` is where a value goes, and `n` decides which form is said.
  say(key, values = {}) {
    const form = this.plurals.select(values.n ?? 0) === "one" ? "one" : "many";
    const found = this.words.querySelector(`[data-key="${key}"][data-form="${form}"]`) ?? this.words.querySelector(`[data-key="${key}"]`);
    if (!found) return null;
    return found.textContent.replace(/\{(\w+)\}/g, (_, name) => this.value(values[name]));
  }

  value(value) {
    return typeof value === "number" ? this.numbers.format(value) : String(value ?? "");
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KNOWN));
  } catch {
    return null;
  }
}

function remember(checkpoint) {
  try {
    localStorage.setItem(KNOWN, JSON.stringify(checkpoint));
  } catch {
    // A device that keeps nothing knows nothing of the next time.
  }
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
