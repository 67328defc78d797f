// Score, dots, dates and Borda: the most points win.

import { outcomeBy, placesOf, tiers } from "./outcome.js";

/** Counts scores, and dots: the sum of the marks of each option. */
export function sums(poll, ballots) {
  const places = placesOf(poll.options);
  const counts = poll.options.map(() => 0n);
  for (const { choices, marks, number } of ballots) {
    choices.forEach((choice, at) => {
      counts[places.get(choice)] += BigInt(number) * BigInt(marks[at]);
    });
  }
  return outcomeBy(counts.map((count) => [count]), [["", counts]], poll, ballots, { none: [0n] });
}

/** Counts dates: on which most can come, and of several such the one with the most yeses. */
export function date(poll, ballots) {
  const places = placesOf(poll.options);
  const canCome = poll.options.map(() => 0);
  const yes = poll.options.map(() => 0);
  for (const { choices, marks, number } of ballots) {
    choices.forEach((choice, at) => {
      if (marks[at] >= 1) canCome[places.get(choice)] += number;
      if (marks[at] === 2) yes[places.get(choice)] += number;
    });
  }
  const keys = canCome.map((count, place) => [count, yes[place]]);
  return outcomeBy(keys, [["yes or if need be", canCome], ["yes", yes]], poll, ballots, { none: [0, 0] });
}

/** Counts Borda in half points: two for each option ranked below, one for each that is level. */
export function borda(poll, ballots) {
  const places = placesOf(poll.options);
  const halves = poll.options.map(() => 0);
  let hasBallots = false;
  for (const ballot of ballots) {
    if (!ballot.choices.length || !ballot.number) continue;
    hasBallots = true;
    const unranked = poll.options.length - ballot.choices.length;
    const share = ballot.number * Math.max(unranked - 1, 0);
    halves.forEach((_, place) => (halves[place] += share));
    let below = poll.options.length;
    for (const tier of tiers(ballot)) {
      below -= tier.length;
      for (const choice of tier) halves[places.get(choice)] += ballot.number * (2 * below + tier.length - 1) - share;
    }
  }
  const none = hasBallots ? undefined : [0];
  return outcomeBy(halves.map((points) => [points]), [["", halves]], poll, ballots, { none, unit: 2 });
}
