// A ballot with points to spread: buttons beside the number fields, and how many points are left.

export function start(form) {
  const words = form.dataset;
  const budget = Number(words.budget);
  const live = form.querySelector("[data-say]");
  const fields = [...form.querySelectorAll(".counts input")];
  const steps = [];
  const spent = () => fields.reduce((sum, field) => sum + (Number(field.value) || 0), 0);

  function draw() {
    const left = budget - spent();
    live.textContent = left < 0 ? live.dataset.over.replace("{over}", -left) : live.dataset.left.replace("{left}", left);
    live.classList.toggle("over", left < 0);
    for (const { button, field, by } of steps) button.disabled = by > 0 ? left < 1 : !(Number(field.value) > 0);
  }

  function step(field, by, name) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "ibtn", textContent: by > 0 ? "+" : "−" });
    button.setAttribute("aria-label", (by > 0 ? words.more : words.less).replace("{name}", name));
    button.addEventListener("click", () => {
      field.value = Math.max(0, (Number(field.value) || 0) + by) || "";
      draw();
      if (button.disabled) field.focus();
    });
    steps.push({ button, field, by });
    return button;
  }

  for (const field of fields) {
    const name = field.labels[0].textContent;
    field.before(step(field, -1, name));
    field.after(step(field, 1, name));
    field.addEventListener("input", draw);
  }
  draw();
}
