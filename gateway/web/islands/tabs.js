// Brings the page that one is on into sight, where its row of tabs is wider than the screen.
export function start(tabs) {
  const current = tabs.querySelector("[aria-current]");
  if (current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
}
