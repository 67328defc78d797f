// Every page works without this file. It brings what makes a page smoother, and only what the page asks for:
// <form data-island="rank"> is handed to `start` of islands/rank.js.

const ISLANDS = {
  draft: () => import("./draft.js"),
  kept: () => import("./kept.js"),
  live: () => import("./live.js"),
  locate: () => import("./locate.js"),
  map: () => import("./map.js"),
  position: () => import("./position.js"),
  recount: () => import("./recount.js"),
  share: () => import("./share.js"),
  tabs: () => import("./tabs.js"),
  dots: () => import("./dots.js"),
  rank: () => import("./rank.js"),
  receipt: () => import("./receipt.js"),
  rows: () => import("./rows.js"),
};

document.documentElement.classList.add("js");

function begin(root) {
  for (const element of root.querySelectorAll("[data-island]")) {
    for (const name of element.dataset.island.split(" ")) {
      // What cannot be fetched is done without: the page underneath is whole.
      ISLANDS[name]?.().then((island) => begun(element, island.start(element))).catch((fault) => console.warn(name, fault));
    }
  }
}

// Whoever waits for a page to be alive (tests do) sees it on each element; what goes on from there is the island's own.
function begun(element, work) {
  element.dataset.alive = "";
  return work;
}

begin(document);
document.addEventListener("plaanet:fresh", (event) => begin(event.target));

// A page without its form says that what was sent from there has arrived: the draft that was set aside may go.
if (!document.querySelector("[data-draft]")) {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("plaanet:draft:")) sessionStorage.removeItem(key);
  } catch (fault) {
    console.warn("draft", fault);
  }
}

// A page that was kept is for reading: nothing is sent without a network, a ballot least of all.
if (document.documentElement.dataset.kept) {
  for (const button of document.querySelectorAll("form[method=post] button")) button.disabled = true;
}

// Reading without a network (sw.js).
if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch((fault) => console.warn("sw", fault));
}
