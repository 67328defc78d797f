// How votes are counted: exact, and by docs/METHODS.md alone. Not a line of it is the node's own counting.

import { compare, hex, utf8 } from "../recount/bytes.js";
import { sha256Of } from "../recount/sha.js";
import { budget } from "./budget.js";
import { judgment } from "./judgment.js";
import { approval, consent } from "./named.js";
import { checkBallot, checkPoll, settingsOf } from "./poll.js";
import { ranked } from "./ranked.js";
import { checkRules, judge } from "./rules.js";
import { schulze } from "./schulze.js";
import { stv } from "./stv.js";
import { borda, date, sums } from "./sums.js";

const COUNTS = {
  approval, single: approval, ranked, consent, score: sums, judgment, schulze, stv, borda, dots: sums, budget, date,
};

/**
 * Returns what ballots decide, as it stands in the log.
 *
 * Each ballot has `choices`, `marks` and the `number` of times that it was cast; no two say the same. `seed` is bytes.
 * Throws `Invalid` (poll.js) where the poll or a ballot cannot be counted.
 */
export function count(method, options, ballots, { seed, settings: said = {}, rules = null, votersCount = 0 }) {
  const settings = settingsOf(said);
  checkPoll(method, options, settings);
  if (rules) checkRules(method, rules);
  const offered = new Set(options);
  for (const ballot of ballots) checkBallot(method, offered, ballot, settings);
  const outcome = COUNTS[method]({ method, options, settings, seed }, ballots);
  return rules ? judge(outcome, rules, votersCount) : outcome;
}

/** Returns ballots that say the same as one, with their number. */
export function gathered(ballots) {
  const found = new Map();
  for (const { choices, marks = [], number = 1 } of ballots) {
    const key = JSON.stringify([choices, marks]);
    const known = found.get(key);
    if (known) known.number += number;
    else found.set(key, { choices, marks, number });
  }
  return [...found.values()];
}

/** Returns the digest that commits to every word of every ballot, whatever they elect. */
export function ballotsSha256(ballots) {
  const lines = ballots
    .filter(({ number }) => number)
    .map(({ choices, marks, number }) =>
      utf8(`${JSON.stringify(marks.length ? [number, choices, marks] : [number, choices])}\n`),
    );
  return hex(sha256Of(lines.sort(compare)));
}
