// Approval, single choice and consent: how many ballots name each option.

import { settle } from "./lots.js";
import { outcome, placesOf, round, totals } from "./outcome.js";

function named(poll, ballots) {
  const places = placesOf(poll.options);
  const counts = poll.options.map(() => 0);
  for (const { choices, number } of ballots) for (const choice of choices) counts[places.get(choice)] += number;
  return counts;
}

/** Counts approval, and single choice, whose ballots name one option at most. */
export function approval(poll, ballots) {
  const counts = named(poll, ballots);
  const most = Math.max(...counts);
  const first = most > 0 ? counts.flatMap((votes, place) => (votes === most ? [place] : [])) : [];
  const [winners, tie] = settle(first, poll);
  return outcome(poll, ballots, [round(counts, totals(ballots)[1], { tie })], winners);
}

/** Counts consent: more yeses than noes, and no block. No lot is ever drawn. */
export function consent(poll, ballots) {
  const counts = named(poll, ballots);
  const of = (word) => counts[poll.options.indexOf(word)] ?? 0;
  const winner = of("yes") > of("no") && !of("block") ? "yes" : "no";
  return outcome(poll, ballots, [round(counts, totals(ballots)[1])], [poll.options.indexOf(winner)]);
}
