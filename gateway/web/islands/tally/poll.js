// What a poll may offer and what a ballot may say; nothing that breaks a rule is ever counted.

export const METHODS = [
  "approval", "single", "ranked", "consent", "score", "judgment", "schulze", "stv", "borda", "dots", "budget", "date",
];

const CONSENT = ["yes", "no", "abstain", "block"];
const AMOUNT_MAX = 10 ** 12;
const DEFAULTS = { seats: 1, score_max: null, grades: [], budget: null, costs: [], draws_ties: false };
const TAKES = { score: ["score_max"], judgment: ["grades"], stv: ["seats"], dots: ["budget"], budget: ["budget", "costs"] };

/** A poll that cannot be counted, or a ballot; `message` says why, in English. */
export class Invalid extends Error {}

/** Returns all settings, those that were not named as they are by default. */
export const settingsOf = (said) => ({ ...DEFAULTS, ...said });

export const isWhole = (number, least, most) => Number.isInteger(number) && number >= least && number <= most;

const isRepeated = (names) => new Set(names).size !== names.length;

function refuse(isBroken, why) {
  if (isBroken) throw new Invalid(why);
}

/** Throws `Invalid` where no ballots can be counted for these options by this method. */
export function checkPoll(method, options, settings) {
  refuse(!METHODS.includes(method), `There is no method ${method}.`);
  refuse(!options.length, "A poll needs at least one option.");
  refuse(isRepeated(options), "An option is there twice.");
  for (const [name, value] of Object.entries(DEFAULTS)) {
    const isTaken = name === "draws_ties" || TAKES[method]?.includes(name);
    refuse(!isTaken && JSON.stringify(settings[name]) !== JSON.stringify(value), `A poll by ${method} takes no ${name}.`);
  }
  CHECKS[method]?.(options, settings);
}

const CHECKS = {
  consent(options) {
    const offered = [...options].sort().join();
    const known = [CONSENT, CONSENT.slice(0, 3)].map((each) => [...each].sort().join());
    refuse(!known.includes(offered), "A poll by consent offers yes, no, abstain, and block or not.");
  },
  score(_, { score_max }) {
    refuse(!isWhole(score_max, 1, 1000), "The highest score is a whole number from 1 to 1000.");
  },
  judgment(_, { grades }) {
    refuse(grades.length < 2 || grades.length > 20 || isRepeated(grades), "There are 2 to 20 grades, all different.");
  },
  stv(options, { seats }) {
    refuse(!isWhole(seats, 1, options.length), "There are as many seats as options at most.");
  },
  dots(_, { budget }) {
    refuse(!isWhole(budget, 1, AMOUNT_MAX), "A ballot gives at least one dot.");
  },
  budget(options, { budget, costs }) {
    refuse(!isWhole(budget, 1, AMOUNT_MAX), "The budget is a whole number.");
    refuse(costs.length !== options.length, "Each option has a cost.");
    refuse(!costs.every((cost) => isWhole(cost, 1, budget)), "A cost is from 1 to the whole budget.");
  },
};

const MARKED = ["score", "judgment", "dots", "date"];
const MAY_BE_MARKED = ["schulze", "borda"];

/** Throws `Invalid` where a ballot says what cannot be counted; `offered` is the set of the options. */
export function checkBallot(method, offered, { choices, marks }, settings) {
  refuse(!choices.every((choice) => offered.has(choice)), "The ballot names what the poll does not offer.");
  refuse(isRepeated(choices), "The ballot names an option twice.");
  refuse(["single", "consent"].includes(method) && choices.length > 1, "The ballot names more than one option.");
  const isMarked = MARKED.includes(method) || (marks.length > 0 && MAY_BE_MARKED.includes(method));
  refuse(!isMarked && marks.length > 0, `A ballot by ${method} marks nothing.`);
  if (isMarked) checkMarks(method, offered.size, choices, marks, settings);
}

function checkMarks(method, optionsCount, choices, marks, settings) {
  const [least, most] = {
    score: [0, settings.score_max],
    judgment: [0, settings.grades.length - 1],
    dots: [1, settings.budget],
    date: [0, 2],
  }[method] ?? [1, optionsCount];
  refuse(choices.length !== marks.length, "The ballot has not one mark for each option that it names.");
  refuse(!marks.every((mark) => isWhole(mark, least, most)), `A mark is not from ${least} to ${most}.`);
  if (method === "dots") refuse(marks.reduce((sum, mark) => sum + BigInt(mark), 0n) > BigInt(most), "Too many dots.");
  const falls = marks.some((mark, place) => place > 0 && marks[place - 1] > mark);
  refuse(MAY_BE_MARKED.includes(method) && falls, "A rank falls from one choice to the next.");
}
