// Counts a vote again beside the page, so that the page stays alive meanwhile.

import { Remembering } from "./recount/archive.js";
import { text } from "./recount/bytes.js";
import { canonical, parse } from "./recount/json.js";
import { recount } from "./recount/recount.js";
import { Kept, Served, Unreadable } from "./recount/source.js";

let last = null;

onmessage = async ({ data }) => {
  if (data.keep) {
    postMessage({ archive: last.source.bundle(last) });
    return;
  }
  const begin = performance.now();
  try {
    const summary = await counted(data);
    postMessage({ end: { ...summary, ms: performance.now() - begin } });
  } catch (fault) {
    if (!(fault instanceof Unreadable)) console.error(fault);
    postMessage({ unreadable: String(fault.message) });
  }
};

// `facts` is what the node shows of the poll, in JSON, or null; `file` a log that was kept, or null.
async function counted({ pollId, base, file, facts, line, code, known, atLeast }) {
  const said = facts ? parse(facts) : {};
  const kept = file && (await Kept.of(new Uint8Array(file)));
  const source = kept ?? new Remembering(new Served(base));
  const shown = kept ? await keptResult(kept, pollId) : said.shown ?? null;
  last = { source, pollId, url: new URL(base).origin, shownText: shown && canonical(shown) };
  const mine = line ? { ...(said.mine?.position === line ? said.mine : {}), position: line, code } : said.mine;
  return recount(
    { pollId, source, key: said.key ?? null, groupKey: said.group_key ?? null, shown, mine: mine ?? null, known: kept ? null : known, atLeast: kept ? 0 : atLeast },
    (news) => postMessage(news),
  );
}

async function keptResult(kept, pollId) {
  const bytes = await kept.read("result.json");
  const shown = bytes && parse(text(bytes));
  return shown?.poll_id === pollId && Array.isArray(shown.rounds) ? shown : null;
}
