// The map that moves. The drawn plan stands until it is there, and stays where it cannot be: without WebGL, or on a
// line that is counted. Its pins are the plan's, its colours the style sheet's, its names the gazetteer's; it asks
// nobody but this node, and draws its letters with the device's own fonts.

export function start(element) {
  const open = () => import("./moving-map.js").then((map) => map.open(element)).catch((fault) => console.warn("map", fault));
  const button = element.querySelector("[data-map-open]");
  button?.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    open();
  });
  if ("soon" in element.dataset && isWide() && !isMetered()) {
    (window.requestIdleCallback ?? setTimeout)(open);
  }
}

const isWide = () => matchMedia("(min-width: 60rem)").matches;

function isMetered() {
  const line = navigator.connection;
  return Boolean(line && (line.saveData || /2g|3g/.test(line.effectiveType ?? "")));
}
