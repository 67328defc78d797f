// A ranked ballot: tap in order of preference, move by arrows. The menus stay underneath, and are what is sent.

const PATHS = { up: "m18 15-6-6-6 6", down: "m6 9 6 6 6-6", level: "M5 9h14M5 15h14" };

function arrow(kind, name) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "ibtn" });
  button.setAttribute("aria-label", name);
  button.innerHTML = `<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="${PATHS[kind]}"/></svg>`;
  return button;
}

export function start(form) {
  const words = form.dataset;
  const [first, nth] = words.rank.split("|");
  const rankName = (rank) => (rank === 1 ? first : nth.replace("{n}", rank));
  const list = form.querySelector(".rank");
  const live = form.querySelector("[data-say]");
  const clear = form.querySelector("[data-clear]");
  const how = form.querySelector("#how");
  const say = (text) => (live.textContent = text);
  let order = [];
  const level = new Set(); // items at the same rank as the one above

  const items = [...list.children].map((li) => {
    const label = li.querySelector("label");
    const name = label.textContent;
    const pick = document.createElement("button");
    Object.assign(pick, { type: "button", className: "name", dir: "auto", textContent: name });
    label.replaceWith(pick);
    const arrows = document.createElement("span");
    arrows.className = "arrows";
    const up = arrow("up", words.up.replace("{name}", name));
    const down = arrow("down", words.down.replace("{name}", name));
    const same = words.level ? arrow("level", words.level.replace("{name}", name)) : null;
    arrows.append(...[same, up, down].filter(Boolean));
    li.append(arrows);
    return { li, name, pick, up, down, same, no: li.querySelector(".no"), field: li.querySelector("select, input") };
  });

  const ranks = () => {
    let rank = 0;
    return new Map(order.map((item, at) => [item, at > 0 && level.has(item) ? rank : ++rank]));
  };

  const cut = document.createElement("li");
  cut.className = "ranks-cut";
  cut.setAttribute("aria-hidden", "true");
  cut.textContent = words.cut;

  function draw() {
    const before = new Map(items.map(({ li }) => [li, li.getBoundingClientRect().top]));
    const rest = items.filter((item) => !order.includes(item));
    const rankOf = ranks();
    cut.remove();
    list.append(...order.map(({ li }) => li));
    if (order.length && rest.length) list.append(cut);
    list.append(...rest.map(({ li }) => li));
    const next = (Math.max(0, ...rankOf.values()) || 0) + 1;
    for (const item of items) {
      const at = order.indexOf(item);
      const rank = rankOf.get(item);
      item.li.classList.toggle("in-rank", at >= 0);
      item.no.textContent = rank ?? "";
      item.field.value = rank ?? "";
      item.pick.setAttribute("aria-pressed", at >= 0);
      const told = at >= 0 ? words.in : words.free;
      item.pick.setAttribute("aria-label", told.replace("{name}", item.name).replace("{rank}", rankName(rank ?? next)));
      item.up.disabled = at <= 0;
      item.down.disabled = at < 0 || at === order.length - 1;
      if (item.same) {
        item.same.disabled = at <= 0;
        item.same.setAttribute("aria-pressed", at > 0 && level.has(item));
      }
      const shift = before.get(item.li) - item.li.getBoundingClientRect().top;
      if (shift && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
        item.li.animate([{ transform: `translateY(${shift}px)` }, { transform: "none" }], { duration: 160, easing: "ease-out" });
      }
    }
    clear.hidden = !order.length;
  }

  function toggle(item) {
    const at = order.indexOf(item);
    if (at < 0) order.push(item);
    else order.splice(at, 1);
    level.delete(item);
    draw();
    say(at < 0 ? `${item.name} : ${rankName(ranks().get(item))}` : words.out.replace("{name}", item.name));
    item.pick.focus({ preventScroll: true });
  }

  function move(item, by, button) {
    const at = order.indexOf(item);
    const to = at + by;
    if (at < 0 || to < 0 || to >= order.length) return;
    order.splice(at, 1);
    order.splice(to, 0, item);
    level.delete(item);
    draw();
    say(`${item.name} : ${rankName(ranks().get(item))}`);
    (button.disabled ? item.pick : button).focus({ preventScroll: true });
  }

  for (const item of items) {
    item.li.addEventListener("click", (event) => event.target.closest(".arrows") || toggle(item));
    item.up.addEventListener("click", () => move(item, -1, item.up));
    item.down.addEventListener("click", () => move(item, 1, item.down));
    item.same?.addEventListener("click", () => {
      if (!level.delete(item)) level.add(item);
      draw();
      say(`${item.name} : ${rankName(ranks().get(item))}`);
    });
    item.pick.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (by && order.includes(item)) {
        event.preventDefault();
        move(item, by, item.pick);
      }
    });
  }

  clear.addEventListener("click", () => {
    order = [];
    level.clear();
    draw();
    say(words.empty);
    items[0]?.pick.focus();
  });

  form.addEventListener("submit", (event) => {
    if (order.length || event.submitter?.name === "blanc") return;
    event.preventDefault();
    say(words.none);
    how.textContent = words.none;
    items[0]?.pick.focus();
  });

  // What the menus say already: the ballot that was cast, or what was sent and came back.
  order = items.filter(({ field }) => +field.value > 0).sort((a, b) => a.field.value - b.field.value);
  order.forEach((item, at) => at > 0 && item.field.value === order[at - 1].field.value && words.level && level.add(item));
  how.textContent = how.dataset.how;
  list.classList.add("alive");
  draw();
}
