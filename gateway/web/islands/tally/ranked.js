// Ranked: instant-runoff. Who has more than half wins; until then the last ones leave.

import { lookBack } from "./lots.js";
import { outcome, placesOf, round, totals } from "./outcome.js";

/** Counts rankings, round by round. */
export function ranked(poll, ballots) {
  const places = placesOf(poll.options);
  const [all] = totals(ballots);
  const piles = new Map(poll.options.map((_, place) => [place, []]));
  const rounds = [];
  let exhausted = deal(ballots.map(({ choices, number }) => ({ choices, number, at: 0 })), piles, places);
  let winner = majority(piles, all - exhausted);
  while (winner === undefined && exhausted < all) {
    const counts = countsOf(poll, piles);
    const fewest = Math.min(...counts.filter((count) => count !== null));
    let last = counts.flatMap((count, place) => (count === fewest ? [place] : []));
    let tie = null;
    if (fewest && last.length > 1) {
      let loser;
      [loser, tie] = lookBack(last, rounds, poll);
      last = [loser];
    }
    rounds.push(round(counts, exhausted, { eliminated: last, tie }));
    const freed = last.flatMap((place) => piles.get(place));
    for (const place of last) piles.delete(place);
    exhausted += deal(freed, piles, places);
    winner = majority(piles, all - exhausted);
  }
  rounds.push(round(countsOf(poll, piles), exhausted));
  return outcome(poll, ballots, rounds, winner === undefined ? [] : [winner]);
}

// Who is out never comes back, so what was read of a ballot need not be read again.
function deal(papers, piles, places) {
  let exhausted = 0;
  for (const paper of papers) {
    while (paper.at < paper.choices.length && !piles.has(places.get(paper.choices[paper.at]))) paper.at += 1;
    if (paper.at < paper.choices.length) piles.get(places.get(paper.choices[paper.at])).push(paper);
    else exhausted += paper.number;
  }
  return exhausted;
}

const sum = (pile) => pile.reduce((count, { number }) => count + number, 0);

const countsOf = (poll, piles) => poll.options.map((_, place) => (piles.has(place) ? sum(piles.get(place)) : null));

const majority = (piles, continuing) => [...piles.keys()].find((place) => 2 * sum(piles.get(place)) > continuing);
