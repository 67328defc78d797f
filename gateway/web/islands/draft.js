// Keeps on this device what somebody began to write in a form, until it is sent:
// <form data-island="draft" data-draft="group">. Never for ballots or passwords.
//
// Once sent it is set aside for this tab alone, until a page without the form says that it arrived (app.js); should the
// line have failed, it is there again. What a page brings back itself, with what is wrong, goes before any draft.

const PREFIX = "plaanet:draft:";
const OWNER = document.documentElement.dataset.owner ?? "";
const BYTES_MAX = 60_000;
const KINDS = new Set(["text", "search", "url", "number", "date", "time", "datetime-local", "checkbox", "radio", "textarea", "select-one"]);

export function start(form) {
  const key = `${PREFIX}${OWNER}:${form.dataset.draft}`; // whoever signs in here next begins with their own
  const note = form.querySelector("[data-draft-note]");
  const blank = told(form);
  const kept = localStorage.getItem(key) ?? sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  if (kept && !form.querySelector("[role=alert], [data-brought-back]") && kept !== blank) {
    const isOther = restore(form, read(kept));
    localStorage.setItem(key, kept);
    if (note) note.hidden = !isOther;
  }

  let waiting;
  const save = () => {
    clearTimeout(waiting);
    const now = told(form);
    if (now === blank || now.length > BYTES_MAX) localStorage.removeItem(key);
    else localStorage.setItem(key, now);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 400);
  });
  addEventListener("pagehide", () => waiting && !form.dataset.sent && save());
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    form.dataset.sent = "yes";
    sessionStorage.setItem(key, told(form));
    localStorage.removeItem(key);
  });
  note?.querySelector("[data-draft-forget]")?.addEventListener("click", () => {
    localStorage.removeItem(key);
    restore(form, read(blank));
    note.hidden = true;
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && KINDS.has(field.type) && !field.hasAttribute("data-no-draft"));
}

// Fields of one name (rows of choices) are told apart by their number among those of the name.
function told(form) {
  const seen = {};
  const values = fields(form).map((field) => {
    const number = (seen[field.name] = (seen[field.name] ?? -1) + 1);
    return [field.name, number, field.type === "checkbox" || field.type === "radio" ? field.checked : field.value];
  });
  return JSON.stringify(values);
}

function read(text) {
  try {
    const values = JSON.parse(text);
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

function restore(form, values) {
  const before = told(form);
  const known = new Map(values.map(([name, number, value]) => [`${number} ${name}`, value]));
  const seen = {};
  for (const field of fields(form)) {
    const number = (seen[field.name] = (seen[field.name] ?? -1) + 1);
    const value = known.get(`${number} ${field.name}`);
    if (typeof value === "boolean") field.checked = value;
    else if (typeof value === "string") field.value = value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  return told(form) !== before;
}
