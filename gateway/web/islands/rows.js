// A list of rows in a form, of which one more is added without asking the node: the button sends the form where this is
// not. The hidden field `rows` says how many there are, in every such list of the form alike.

export function start(list) {
  const button = list.querySelector("button[name=plus]");
  const count = list.closest("form").elements.rows;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const next = Number(count.value);
    for (const each of list.closest("form").querySelectorAll("[data-island~=rows]")) add(each, next);
    count.value = next + 1;
    list.querySelector(`[data-row="${next}"] input`).focus();
  });
}

function add(list, number) {
  const rows = list.querySelectorAll("[data-row]");
  const row = rows[rows.length - 1].cloneNode(true);
  row.dataset.row = number;
  for (const error of row.querySelectorAll(".err")) error.remove();
  for (const field of row.querySelectorAll("input, button")) {
    for (const name of ["id", "name"]) if (field[name] && field.type !== "submit") field[name] = field[name].replace(/\d+$/, number);
    if (field.dataset.label) field.setAttribute("aria-label", field.dataset.label.replace("{n}", number + 1));
    if (field.type === "submit") field.value = number;
    else field.value = "";
    for (const told of ["aria-invalid", "aria-describedby", "value"]) if (field.type !== "submit") field.removeAttribute(told);
  }
  rows[rows.length - 1].after(row);
}
