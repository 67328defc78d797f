// The eight things that are checked, and what is said of each: whether it holds, and the figures of its sentence.

import { compare, hex } from "./bytes.js";
import { faults } from "./result.js";

const FRESH_S = 24 * 3600;
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Returns the eight signs by which people name an entry: its leaf hash, in digits that nobody mistakes (Crockford). */
export function code(hash) {
  let bits = 0n;
  for (const byte of hash.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte);
  const signs = Array.from({ length: 8 }, (_, place) => DIGITS[Number((bits >> BigInt(35 - 5 * place)) & 31n)]).join("");
  return `${signs.slice(0, 4)}-${signs.slice(4)}`;
}

const because = (differences, check) => differences.filter((each) => each.check === check);

// A check holds, does not hold, or says nothing here.
const verdict = (id, differences, say, values = {}) => {
  const found = because(differences, id);
  return { id, state: found.length ? "bad" : "ok", say: found.length ? "bad" : say, values, differences: found };
};
const unknown = (id, say, values = {}) => ({ id, state: "unknown", say, values, differences: [] });

/** Of the witnesses: so many of those that the log names have cosigned, more than half, and lately. */
export function witnesses({ keys, signed, isKept, now, differences: known }) {
  const names = keys.map(({ name }) => name);
  if (!keys.length) return unknown("witnesses", "none");
  const have = keys.filter((key) => signed.some((each) => each.key === key));
  const differences = because(known, "witnesses");
  if (2 * have.length <= keys.length) differences.push({ check: "witnesses", rule: "witness", position: 0 });
  const newest = Math.max(0, ...signed.map(({ time }) => time ?? 0));
  if (!isKept && have.length && now / 1000 - newest > FRESH_S) differences.push({ check: "witnesses", rule: "stale", position: 0 });
  const values = { have: have.length, n: names.length, names: have.map(({ name }) => name).join(", ") };
  return verdict("witnesses", differences, "ok", values);
}

/** Of the log: every line is in the tree that was signed, and every tile is what the lines give. */
export const log = (differences, { size, root }) =>
  verdict("log", differences, "ok", { n: size, root: hex(root).slice(0, 16) });

/** Of all that the poll’s own entries say, in the order in which it is shown. */
export function ofPoll(book, differences, { shown, mine, leaves }) {
  if (book.isShut) return ["text", "roll", "ballots", "delegations", "count", "mine"].map((id) => unknown(id, "shut"));
  const all = [...differences, ...book.differences];
  const opened = book.opened ?? { options: [], question: "" };
  return [
    verdict("text", all, "ok", { n: opened.options.length, question: opened.question }),
    verdict("roll", all, "ok", { n: book.roll.size }),
    ballots(book, all),
    delegations(book, all),
    count(book, all, shown),
    own(book, mine, leaves),
  ];
}

function ballots(book, differences) {
  const all = book.ballots();
  const values = { n: all.length, paper: book.paper().length, replaced: book.replacedCount, late: book.late.length };
  return verdict("ballots", differences, "ok", values);
}

function delegations(book, differences) {
  if (book.declared && !book.outcome && book.hasSealedDelegations) return unknown("delegations", "sealed");
  const isTaken = Boolean(book.terms.takes_delegations);
  return verdict("delegations", differences, isTaken ? "ok" : "none", { n: book.carriers.size });
}

function count(book, differences, shown) {
  if (book.cancelling && !because(differences, "count").length) return unknown("count", "cancelled");
  if (!book.outcome && book.hasSealedDelegations) return unknown("count", "sealed");
  const more = [];
  if (book.outcome && shown && faults(book, shown).length) more.push({ check: "count", rule: "shown-result", position: 0 });
  const winners = book.outcome?.winners ?? [];
  const values = { n: book.outcome?.rounds.length ?? 0, ballots: book.outcome?.ballots_count ?? 0, winners: winners.join(", ") || "–" };
  return verdict("count", [...differences, ...more], shown ? "ok" : "alone", values);
}

/** Of one’s own ballot, by its line: `mine` has its `position` and, where they are known, its `choices` and `marks`. */
function own(book, mine, leaves) {
  if (!mine) return unknown("mine", "nobody");
  const { position } = mine;
  const leaf = leaves[position - 1];
  const values = { line: position, code: leaf ? code(leaf) : "" };
  const found = book.history.get(position);
  const isOther = !found || (mine.voter && mine.voter !== found.voter) || (mine.code && mine.code !== values.code);
  if (isOther || !isSame(mine, found.ballot)) {
    return verdict("mine", [{ check: "mine", rule: "mine", position }], "ok", values);
  }
  const { standing, next } = found.ballot;
  return verdict("mine", [], standing, { ...values, next });
}

function isSame({ choices, marks = [] }, ballot) {
  if (choices === undefined) return true; // a receipt names the line alone
  if (choices === null || ballot.standing === "withdrawal") return choices === null && ballot.standing === "withdrawal";
  return JSON.stringify([choices, marks]) === JSON.stringify([ballot.choices, ballot.marks]);
}

/** Returns whether a log that was seen before is the beginning of this one; the rule that is broken, or null. */
export function since(known, { origin, size }, rootAt) {
  if (!known || known.origin !== origin) return null;
  if (size < known.size) return "rollback";
  return compare(rootAt(known.size), known.root) ? "fork" : null;
}

