// Quorum and threshold: whether what the ballots prefer is decided.

import { Invalid } from "./poll.js";

const HAVE_SUPPORT = ["consent", "single", "approval", "ranked"];

/** Throws `Invalid` where rules mean nothing for a poll by this method. */
export function checkRules(method, { threshold = "simple", share = null, abstentions_count = false }) {
  const isKnown = ["simple", "absolute", "qualified"].includes(threshold);
  const isBroken =
    !isKnown ||
    (share !== null) !== (threshold === "qualified") ||
    (!HAVE_SUPPORT.includes(method) && threshold !== "simple") ||
    (abstentions_count && threshold !== "qualified" && method !== "consent");
  if (isBroken) throw new Invalid("The rules of the poll mean nothing for its method.");
}

/** Returns the outcome with its verdict, for a roll of `votersCount`; consent wins or fails by it. */
export function judge(outcome, rules, votersCount) {
  const quorum = Math.max(rules.quorum_roll ? partOf(votersCount, rules.quorum_roll) : 0, rules.quorum_ballots ?? 0);
  const isMet = outcome.ballots_count >= quorum;
  const { support, needed, blocks } = supportOf(outcome, rules, votersCount);
  const isSupported = needed === null || (support !== null && support >= needed);
  const isPassed = isMet && isSupported && !blocks && outcome.winners.length > 0;
  const verdict = {
    quorum_needed: quorum,
    quorum_is_met: isMet,
    support,
    support_needed: needed,
    blocks_count: blocks,
    is_passed: isPassed,
  };
  const winners = outcome.method === "consent" ? [isPassed ? "yes" : "no"] : outcome.winners;
  return { ...outcome, winners, verdict };
}

function supportOf(outcome, rules, votersCount) {
  if (outcome.method === "consent") return ofConsent(outcome, rules, votersCount);
  if (HAVE_SUPPORT.includes(outcome.method)) return ofElected(outcome, rules, votersCount);
  return { support: null, needed: null, blocks: 0 };
}

function ofConsent(outcome, rules, votersCount) {
  const said = (word) => outcome.rounds[0].counts[outcome.options.indexOf(word)] ?? 0;
  const yes = said("yes");
  const against = said("no") + (rules.abstentions_count ? said("abstain") + outcome.blank_count : 0);
  const needed = {
    absolute: () => Math.floor(votersCount / 2) + 1,
    qualified: () => partOf(yes + against, rules.share),
    simple: () => against + 1,
  }[rules.threshold ?? "simple"]();
  return { support: yes, needed: Math.max(needed, 1), blocks: said("block") };
}

function ofElected(outcome, rules, votersCount) {
  const last = outcome.rounds.at(-1);
  const place = outcome.options.findIndex((option) => outcome.winners.includes(option));
  const others = last.counts.map((votes, other) => (other === place ? 0 : votes ?? 0));
  const isDrawn = last.tie !== null && last.tie.broken_by.length > 0;
  const needed = {
    absolute: () => Math.floor(votersCount / 2) + 1,
    qualified: () => partOf(outcome.ballots_count - (rules.abstentions_count ? 0 : outcome.blank_count), rules.share),
    simple: () => Math.max(0, ...others) + (isDrawn ? 0 : 1), // level with another, and drawn
  }[rules.threshold ?? "simple"]();
  return { support: place < 0 ? null : last.counts[place], needed: Math.max(needed, 1), blocks: 0 };
}

// The share of a whole, rounded up; a share is at most the whole, of numbers that a Number holds.
function partOf(whole, share) {
  const [numerator, denominator] = share ?? [1, 1];
  return Number((BigInt(whole) * BigInt(numerator) + BigInt(denominator) - 1n) / BigInt(denominator));
}
