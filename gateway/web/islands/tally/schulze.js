// Schulze: who is beaten by nobody along the strongest path.

import { settle } from "./lots.js";
import { outcome, placesOf, round, tiers, totals } from "./outcome.js";

/** Counts rankings, option against option. */
export function schulze(poll, ballots) {
  const [all, blank] = totals(ballots);
  const preferred = preferredOf(poll, ballots);
  const victories = preferred.map((row, winner) =>
    // No two numbers of votes against are as far apart as one vote for.
    row.map((votes, loser) => (votes > preferred[loser][winner] ? votes * (all + 1) - preferred[loser][winner] : 0)),
  );
  const paths = strongestPaths(victories);
  const beaten = paths.map((row, place) =>
    row.flatMap((strength, other) => (strength > paths[other][place] ? [other] : [])),
  );
  const ranking = rankingOf(beaten);
  const [winners, tie] = settle(blank < all ? ranking[0] : [], poll, true);
  const votes = paths.map((row) => row.map((strength) => Math.ceil(strength / (all + 1))));
  const rounds = [
    ...rows("preferred", preferred, blank),
    ...rows("path", votes, blank),
    round(beaten.map((losers) => losers.length), blank, { tie, label: "beats" }),
  ];
  return outcome(poll, ballots, rounds, winners, { ranking });
}

// Whatever is ranked is first taken as preferred to all else; then what is level or better is taken off.
function preferredOf(poll, ballots) {
  const places = placesOf(poll.options);
  const named = poll.options.map(() => 0);
  const preferred = poll.options.map(() => poll.options.map(() => 0));
  for (const ballot of ballots) {
    const better = [];
    for (const tier of tiers(ballot)) {
      const level = tier.map((choice) => places.get(choice));
      better.push(...level);
      for (const place of level) {
        named[place] += ballot.number;
        for (const other of better) preferred[place][other] -= ballot.number;
      }
    }
  }
  return preferred.map((row, place) => row.map((votes, other) => (other === place ? 0 : votes + named[place])));
}

// The widest path of each pair (Floyd and Warshall): as strong as its weakest victory.
function strongestPaths(victories) {
  const paths = victories.map((row) => [...row]);
  paths.forEach((through, middle) => {
    paths.forEach((row, from) => {
      if (from === middle || !row[middle]) return;
      through.forEach((strength, to) => {
        if (to !== from) row[to] = Math.max(row[to], Math.min(row[middle], strength));
      });
    });
  });
  return paths;
}

function rankingOf(beaten) {
  const ranking = [];
  let left = beaten.map((_, place) => place);
  while (left.length) {
    const losers = new Set(left.flatMap((place) => beaten[place]));
    ranking.push(left.filter((place) => !losers.has(place)));
    left = left.filter((place) => losers.has(place));
  }
  return ranking;
}

const rows = (label, matrix, blank) =>
  matrix.map((row, place) =>
    round(row.map((votes, other) => (other === place ? null : votes)), blank, { label: `${label} ${place}` }),
  );
