// Participatory budget: the Method of Equal Shares, then the projects with the most supporters that the rest pays.

import { settle } from "./lots.js";
import { outcome, placesOf, round, totals } from "./outcome.js";

/** Counts which projects are paid, purchase by purchase. */
export function budget(poll, ballots) {
  const [, blank] = totals(ballots);
  const shares = new Shares(poll, ballots);
  const rounds = [];
  for (let found; (found = shares.cheapest()); shares.buy(found)) {
    const label = `share ${decimals(found.price)}`;
    rounds.push(round(shares.counts(), blank, { tie: found.tie, elected: [found.place], label }));
  }
  for (let found; (found = shares.mostWanted()); shares.buy(found)) {
    rounds.push(round(shares.counts(), blank, { tie: found.tie, elected: [found.place], label: "rest" }));
  }
  if (!rounds.length) rounds.push(round(shares.counts(), blank));
  const winners = poll.options.flatMap((_, place) => (shares.left.has(place) ? [] : [place]));
  return outcome(poll, ballots, rounds, winners);
}

// Fractions are pairs of a numerator and a denominator above 0, in lowest terms.
const fraction = (numerator, denominator) => {
  let [a, b] = [numerator, denominator];
  while (b) [a, b] = [b, a % b];
  return [numerator / a, denominator / a];
};
const isLess = ([a, b], [c, d]) => a * d < c * b;
const isEqual = ([a, b], [c, d]) => a * d === c * b;
const less = ([a, b], [c, d]) => fraction(a * d - c * b, b * d);
const times = ([a, b], whole) => fraction(a * whole, b);
const over = ([a, b], whole) => fraction(a, b * whole);

// What is left of each share. Few amounts differ, so each is kept once, and a ballot has the number of its amount.
class Shares {
  constructor(poll, ballots) {
    const places = placesOf(poll.options);
    this.poll = poll;
    this.costs = poll.settings.costs.map(BigInt);
    this.left = new Set(places.values());
    this.payable = new Set(places.values());
    this.rest = BigInt(poll.settings.budget);
    this.voters = ballots.filter(({ choices, number }) => choices.length && number);
    const count = this.voters.reduce((sum, { number }) => sum + number, 0);
    this.amounts = count ? [fraction(this.rest, BigInt(count))] : [];
    this.money = this.voters.map(() => 0);
    this.supporters = poll.options.map(() => []);
    this.voters.forEach(({ choices }, voter) => {
      for (const choice of choices) this.supporters[places.get(choice)].push(voter);
    });
    this.numbers = this.supporters.map((voters) => voters.reduce((sum, voter) => sum + this.voters[voter].number, 0));
  }

  counts() {
    return this.numbers.map((number, place) => (this.left.has(place) ? number : null));
  }

  cheapest() {
    let best = null;
    let level = [];
    for (const place of this.payable) {
      const price = this.price(place);
      if (!price) {
        this.payable.delete(place); // shares only shrink
        continue;
      }
      const part = over(price, this.costs[place]);
      if (!best || isLess(part, best)) [best, level] = [part, []];
      if (isEqual(part, best)) level.push([place, price]);
    }
    if (!level.length) return null;
    const [[place], tie] = settle(level.map(([each]) => each).sort((one, other) => one - other), this.poll, true);
    return { place, price: level.find(([each]) => each === place)[1], tie };
  }

  mostWanted() {
    const fitting = [...this.left].filter((place) => this.numbers[place] && this.costs[place] <= this.rest);
    if (!fitting.length) return null;
    const most = Math.max(...fitting.map((place) => this.numbers[place]));
    const level = fitting.filter((place) => this.numbers[place] === most).sort((one, other) => one - other);
    const [[place], tie] = settle(level, this.poll, true);
    return { place, price: [0n, 1n], tie };
  }

  buy({ place, price }) {
    this.left.delete(place);
    this.payable.delete(place);
    this.rest -= this.costs[place];
    const after = new Map();
    for (const voter of this.supporters[place]) {
      const before = this.money[voter];
      if (!after.has(before)) after.set(before, this.numbered(this.amounts[before], price));
      this.money[voter] = after.get(before);
    }
  }

  // The number of what is left of an amount that a price is paid from.
  numbered(amount, price) {
    const left = isLess(price, amount) ? less(amount, price) : [0n, 1n];
    const known = this.amounts.findIndex((each) => isEqual(each, left));
    return known < 0 ? this.amounts.push(left) - 1 : known;
  }

  // The most that a supporter pays so that all of them pay the whole; null if they cannot.
  price(place) {
    const numbers = new Map();
    for (const voter of this.supporters[place]) {
      const amount = this.money[voter];
      numbers.set(amount, (numbers.get(amount) ?? 0) + this.voters[voter].number);
    }
    let unpaid = [this.costs[place], 1n];
    let payers = BigInt(this.numbers[place]);
    const poorest = [...numbers].map(([amount, number]) => [this.amounts[amount], BigInt(number)]);
    poorest.sort(([one], [other]) => (isLess(one, other) ? -1 : 1));
    for (const [money, number] of poorest) {
      if (!isLess(times(money, payers), unpaid)) return over(unpaid, payers);
      unpaid = less(unpaid, times(money, number));
      payers -= number;
    }
    return null;
  }
}

// Cut off after five decimals.
function decimals([numerator, denominator]) {
  const parts = (numerator * 100_000n) / denominator;
  return `${parts / 100_000n}.${String(parts % 100_000n).padStart(5, "0")}`;
}
