// Hands the address of a page on: by what the device has for it, else by the clipboard. Without a script the button
// is not there, and the browser's own way remains.

export function start(button) {
  const said = button.querySelector("[role=status]");
  const name = said.textContent;
  button.addEventListener("click", async () => {
    const url = location.origin + location.pathname;
    if (navigator.share) {
      await navigator.share({ title: button.dataset.title, url }).catch(() => {});
      return;
    }
    await navigator.clipboard.writeText(url);
    said.textContent = button.dataset.done;
    setTimeout(() => (said.textContent = name), 3000);
  });
}
