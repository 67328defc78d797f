// Ties, and what breaks them.

import { compare, hex, utf8 } from "../recount/bytes.js";
import { sha256 } from "../recount/sha.js";

/** Returns which of the options at `places` has the highest lot; the lowest where `lowest`. */
export function drawn(places, poll, { lowest = false } = {}) {
  const lots = places.map((place) => [sha256(poll.seed, utf8(poll.options[place])), place]);
  lots.sort(([one], [other]) => (lowest ? compare(one, other) : compare(other, one)));
  return lots[0][1];
}

const tieOf = (options, brokenBy = [], poll = null) => ({
  options: [...options],
  broken_by: brokenBy,
  seed: poll && hex(poll.seed),
});

/** Returns which of the level options win, and the tie if they are several: one is drawn, or all of them win. */
export function settle(first, poll, draws = poll.settings.draws_ties) {
  if (first.length < 2) return [first, null];
  return draws ? [[drawn(first, poll)], tieOf(first, ["lot"], poll)] : [first, tieOf(first)];
}

/** Returns which of `tied` had the fewest (the most) where the rounds last tell them apart, or who is drawn. */
export function lookBack(tied, rounds, poll, { most = false } = {}) {
  let left = tied;
  const brokenBy = [];
  for (let number = rounds.length; number > 0; number -= 1) {
    const { counts } = rounds[number - 1];
    const wanted = left.map((place) => counts[place]).reduce((one, other) => (one > other === most ? one : other));
    const still = left.filter((place) => counts[place] === wanted);
    if (still.length < left.length) brokenBy.push(`round ${number}`);
    left = still;
    if (left.length === 1) return [left[0], tieOf(tied, brokenBy)];
  }
  return [drawn(left, poll, { lowest: !most }), tieOf(tied, [...brokenBy, "lot"], poll)];
}
