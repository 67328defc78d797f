// STV: several seats, each for its quota of the votes; rules 45 to 52 of the Scottish Order of 2007.

import { lookBack } from "./lots.js";
import { outcome, placesOf, round, totals } from "./outcome.js";

const UNIT = 100_000n;

/** Counts rankings, stage by stage, in parts of a vote of which 100,000 make one. */
export function stv(poll, ballots) {
  const [all, blank] = totals(ballots);
  const quota = (BigInt(all - blank) / BigInt(poll.settings.seats + 1) + 1n) * UNIT;
  const stages = new Stages(poll, quota, BigInt(all) * UNIT);
  stages.deal(ballots.map(({ choices, number }) => ({ choices, number: BigInt(number), at: 0, value: UNIT })));
  const rounds = blank < all ? stages.run() : [stages.stage()];
  const elected = new Set(rounds.flatMap((each) => each.elected ?? []));
  const winners = poll.options.flatMap((_, place) => (elected.has(place) ? [place] : []));
  return outcome(poll, ballots, rounds, winners, { unit: Number(UNIT), quota });
}

class Stages {
  constructor(poll, quota, all) {
    this.poll = poll;
    this.quota = quota;
    this.all = all;
    this.seats = poll.settings.seats;
    this.places = placesOf(poll.options);
    this.continuing = new Set(this.places.values());
    this.votes = new Map(poll.options.map((_, place) => [place, 0n]));
    this.papers = new Map(poll.options.map((_, place) => [place, []]));
    this.rounds = [];
    this.label = "";
  }

  run() {
    for (;;) {
      const elected = this.elect([...this.continuing].filter((place) => this.votes.get(place) >= this.quota));
      if (this.continuing.size <= this.seats) elected.push(...this.elect([...this.continuing]));
      if (!this.seats) return [...this.rounds, this.stage({ elected })];
      const over = [...this.votes.keys()].filter((place) => this.votes.get(place) > this.quota);
      if (over.length) this.transfer(over, elected);
      else if (!this.exclude(elected)) return this.rounds;
    }
  }

  // How it stands; what no option holds is not transferable, or was cut off.
  stage({ elected = [], eliminated = [], tie = null } = {}) {
    const counts = this.poll.options.map((_, place) => this.votes.get(place) ?? null);
    const held = [...this.votes.values()].reduce((sum, votes) => sum + votes, 0n);
    elected.sort((one, other) => one - other);
    return round(counts, this.all - held, { eliminated, tie, elected, label: this.label });
  }

  deal(papers) {
    for (const paper of papers) {
      while (paper.at < paper.choices.length && !this.continuing.has(this.places.get(paper.choices[paper.at]))) paper.at += 1;
      if (paper.at === paper.choices.length) continue;
      const place = this.places.get(paper.choices[paper.at]);
      this.votes.set(place, this.votes.get(place) + paper.number * paper.value);
      this.papers.get(place).push(paper);
    }
  }

  elect(places) {
    for (const place of places) this.continuing.delete(place);
    this.seats -= places.length;
    return places;
  }

  transfer(over, elected) {
    const [place, tie] = this.choose(over, { most: true });
    this.rounds.push(this.stage({ elected, tie }));
    this.label = `surplus ${place}`;
    const votes = this.votes.get(place);
    this.votes.set(place, this.quota);
    const papers = this.papers.get(place);
    this.papers.delete(place);
    for (const paper of papers) paper.value = ((votes - this.quota) * paper.value) / votes;
    this.deal(papers);
  }

  exclude(elected) {
    const [place, tie] = this.choose([...this.continuing], { most: false });
    this.continuing.delete(place);
    if (this.continuing.size === this.seats) elected.push(...this.elect([...this.continuing]));
    this.rounds.push(this.stage({ elected, eliminated: [place], tie }));
    this.label = `exclusion ${place}`;
    this.votes.delete(place);
    this.deal(this.papers.get(place));
    return this.seats > 0;
  }

  choose(among, { most }) {
    const wanted = among.map((place) => this.votes.get(place)).reduce((one, other) => (one > other === most ? one : other));
    const tied = among.filter((place) => this.votes.get(place) === wanted).sort((one, other) => one - other);
    return tied.length === 1 ? [tied[0], null] : lookBack(tied, this.rounds, this.poll, { most });
  }
}
