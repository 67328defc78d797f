// A receipt that completes itself: asks how far its line has come until it is sealed and witnessed.
//
// A seal takes a second or three; a witness that is late is waited for ever more slowly, and only while somebody looks.

const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 60_000;
const SLOWER = 1.15;

export async function start(stages) {
  for (let wait = WAIT_MS_MIN; stages.querySelector('[data-waiting="oui"]'); wait = Math.min(SLOWER * wait, WAIT_MS_MAX)) {
    await new Promise((go) => setTimeout(go, wait));
    await seen();
    try {
      const answer = await fetch(stages.dataset.from, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) stages.innerHTML = await answer.text();
    } catch {
      // The line is lost for now; the next time may do.
    }
  }
}

async function seen() {
  while (document.visibilityState !== "visible") {
    await new Promise((go) => document.addEventListener("visibilitychange", go, { once: true }));
  }
}
