// Every page works without this file. It brings what makes a page smoother, and only what the page asks for:
// <form data-island="rank"> is handed to `start` of islands/rank.js.

const ISLANDS = {};

document.documentElement.classList.add("js");

for (const element of document.querySelectorAll("[data-island]")) {
  for (const name of element.dataset.island.split(" ")) {
    // What cannot be fetched is done without: the page underneath is whole.
    ISLANDS[name]?.().then((island) => island.start(element)).catch((fault) => console.warn(name, fault));
  }
}
