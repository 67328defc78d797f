// What every count says, and the order that most methods win by.

import { plain } from "../recount/json.js";
import { settle } from "./lots.js";

/** Returns the place of each option. */
export const placesOf = (options) => new Map(options.map((option, place) => [option, place]));

/** Returns how many ballots there are, and how many of them are blank. */
export function totals(ballots) {
  let [all, blank] = [0, 0];
  for (const { choices, marks, number } of ballots) {
    all += number;
    if (!choices.length && !marks.length) blank += number;
  }
  return [all, blank];
}

/** Returns a round as it stands in the log. */
export function round(counts, exhausted, { eliminated = [], tie = null, elected = [], label = "" } = {}) {
  const said = { counts: counts.map(plain), exhausted_count: plain(exhausted), eliminated, tie };
  if (elected.length) said.elected = elected;
  if (label) said.label = label;
  return said;
}

/** Returns an outcome as it stands in the log; what says nothing is left out. */
export function outcome(poll, ballots, rounds, winners, { unit = 1, quota = null, ranking = [] } = {}) {
  const [all, blank] = totals(ballots);
  const said = {
    method: poll.method,
    options: [...poll.options],
    ballots_count: all,
    blank_count: blank,
    rounds,
    winners: winners.map((place) => poll.options[place]),
  };
  if (unit !== 1) said.unit = unit;
  if (quota !== null) said.quota = plain(quota);
  if (ranking.length) said.ranking = ranking;
  return said;
}

/**
 * Returns the outcome of a poll in which the option with the highest of `keys` wins, unless that key is `none`.
 *
 * A key is a list of numbers, compared one after another. There is a round for each of `rows`, a label and counts.
 */
export function outcomeBy(keys, rows, poll, ballots, { none, unit = 1 } = {}) {
  const ranking = rankingBy(keys);
  const isNone = none !== undefined && compareKeys(keys[ranking[0][0]], none) === 0;
  const [winners, tie] = settle(isNone ? [] : ranking[0], poll);
  const [, blank] = totals(ballots);
  const rounds = rows.map(([label, counts], number) =>
    round(counts, blank, { label, tie: number === rows.length - 1 ? tie : null }),
  );
  return outcome(poll, ballots, rounds, winners, { unit, ranking });
}

function rankingBy(keys) {
  const places = keys.map((_, place) => place).sort((one, other) => compareKeys(keys[other], keys[one]) || one - other);
  const ranking = [];
  for (const place of places) {
    const last = ranking.at(-1);
    if (last && compareKeys(keys[last[0]], keys[place]) === 0) last.push(place);
    else ranking.push([place]);
  }
  return ranking;
}

function compareKeys(one, other) {
  for (let at = 0; at < one.length; at += 1) {
    if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
  }
  return 0;
}

/** Returns the options that a ballot ranks, the best first, level ones together. */
export function tiers({ choices, marks }) {
  const levels = [];
  choices.forEach((choice, place) => {
    if (place && marks.length && marks[place] === marks[place - 1]) levels.at(-1).push(choice);
    else levels.push([choice]);
  });
  return levels;
}
