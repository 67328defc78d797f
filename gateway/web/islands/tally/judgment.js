// Majority judgment: the best median wins, and of equal ones that whose next medians are better.

import { outcomeBy, placesOf, totals } from "./outcome.js";

/** Counts grades; `marks` are places in the poll's grades, 0 the best. */
export function judgment(poll, ballots) {
  const { grades } = poll.settings;
  const [all, blank] = totals(ballots);
  const judges = all - blank;
  const profiles = profilesOf(poll, ballots, judges);
  const bounds = profiles.map(accumulated);
  const worst = accumulated(grades.map((_, place) => (place === grades.length - 1 ? judges : 0)));
  const steps = stepsOf(bounds, judges);
  const values = bounds.map((each) => majorityValue(each, judges, steps));
  const rows = grades.map((grade, place) => [`grade ${grade}`, profiles.map((profile) => profile[place])]);
  if (judges) rows.push(["median", values.map((value) => 0 - value[0])]);
  return outcomeBy(values, rows, poll, ballots, { none: majorityValue(worst, judges, steps) });
}

function profilesOf(poll, ballots, judges) {
  const places = placesOf(poll.options);
  const worst = poll.settings.grades.length - 1;
  const profiles = poll.options.map(() => poll.settings.grades.map((_, place) => (place === worst ? judges : 0)));
  for (const { choices, marks, number } of ballots) {
    choices.forEach((choice, at) => {
      profiles[places.get(choice)][worst] -= number;
      profiles[places.get(choice)][marks[at]] += number;
    });
  }
  return profiles;
}

function accumulated(profile) {
  let sum = 0;
  return profile.map((count) => (sum += count));
}

// After how many pairs that are taken away from the middle another grade may come up, on either side.
function stepsOf(bounds, judges) {
  const half = Math.floor(judges / 2);
  const steps = new Set(half ? [0] : []);
  for (const bound of bounds.flat()) {
    for (const step of [bound - (judges - half), half - bound]) if (step >= 0 && step < half) steps.add(step);
  }
  return [...steps].sort((one, other) => one - other);
}

// The grades that come up as medians are taken away one by one, negative so that the better is the higher.
function majorityValue(bounds, judges, steps) {
  const half = Math.floor(judges / 2);
  const gradeAt = (judge) => bounds.filter((bound) => bound <= judge).length;
  const value = judges % 2 ? [-gradeAt(half)] : [];
  for (const step of steps) value.push(-gradeAt(judges - half + step), -gradeAt(half - 1 - step));
  return value;
}
