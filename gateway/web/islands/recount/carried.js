// Delegations as they stand at a poll’s close, and what became of them in the count.

import { resolve } from "../tally/delegation.js";
import { areWhole, inOrder } from "./book.js";
import { uuid5 } from "./uuid.js";

const CHECK = "delegations";
const WIDTH = { poll: 0, topic: 1, group: 2 };

/** Somebody lets another vote; in a poll that takes delegations, while it is open. */
export function grant(book, entry) {
  const { position, data, aggregate_id: address } = entry;
  const { scope, poll_id: pollId, topic, delegator, delegate, group_id: groupId } = data;
  const isThis = pollId === book.pollId;
  if (isThis && !book.takes(entry)) return;
  if (isThis && !book.terms.takes_delegations) return book.differ(CHECK, "delegation", position);
  const isNamed = (pollId !== null) === (scope === "poll") && (topic !== null) === (scope === "topic");
  const isOurs = isThis || groupId === book.groupId;
  if (isOurs && (!isNamed || delegator === delegate)) book.differ(CHECK, "delegation", position);
  const place = { poll: pollId, group: groupId, topic: uuid5(groupId, `topic ${topic}`) }[scope];
  if (place === null || address !== uuid5(place, `delegation ${delegator}`)) {
    if (isOurs) book.differ(CHECK, "address", position);
    return;
  }
  if (isOurs && entry.actor !== delegator) book.differ(CHECK, "actor", position);
  const said = { scope, pollId, topic, groupId, delegator, delegate, since: position, until: null };
  book.delegations.set(address, [...(book.delegations.get(address) ?? []), said]);
}

/** From here on it is another who votes. */
export function change(book, entry) {
  const known = end(book, entry);
  if (known) known.push({ ...known.at(-1), delegate: entry.data.delegate, since: entry.position, until: null });
}

/** Nobody votes by it any more. */
export function withdraw(book, entry) {
  end(book, entry);
}

function end(book, entry) {
  const known = book.delegations.get(entry.aggregate_id);
  if (!known) return null; // of another poll
  if (entry.actor !== known[0].delegator) book.differ(CHECK, "actor", entry.position);
  if (known[0].pollId === book.pollId && !book.takes(entry)) return null;
  for (const said of known) said.until ??= entry.position;
  return known;
}

/** A part of what became of delegated votes waits for the declaration. */
export function countPart(book, { position, aggregate_id: address, data }) {
  if (address !== uuid5(book.pollId, `delegations ${data.part}`)) book.differ(CHECK, "address", position);
  book.delegationParts.push({ part: data.part, position, carried: data.carried, knownAs: data.known_as ?? [] });
}

/**
 * Returns the ballots that count once more, each once for each vote that it carries, after comparing what was declared.
 *
 * Null where the delegations are for the group alone and cannot be read.
 */
export function carry(book, declared, position) {
  const parts = inOrder(book.delegationParts);
  book.delegationParts = [];
  const count = declared.delegation_parts_count ?? 0;
  if (!areWhole(parts, count)) {
    if (book.hasSealedDelegations) return null;
    book.differ(CHECK, "result-parts", position);
  }
  if (!book.terms.takes_delegations && !parts.length) {
    if (declared.delegated_count) book.differ(CHECK, "delegations", position);
    return [];
  }
  const knownAs = parts.flatMap((part) => part.knownAs);
  const own = delegated(book, knownAs);
  const said = new Map();
  for (const { delegator, carrier = null, lost = null } of parts.flatMap((part) => part.carried)) {
    if (said.has(delegator)) book.differ(CHECK, "delegations", position);
    said.set(delegator, `${carrier} ${lost}`);
  }
  const isSame = said.size === own.fates.size && [...own.fates].every(([voter, fate]) => said.get(voter) === fate);
  const isCounted = (declared.delegated_count ?? 0) === own.carriers.size;
  if (!isSame || !isCounted || !isWellKnown(book, knownAs, own.needed)) book.differ(CHECK, "delegations", position);
  book.carriers = own.carriers;
  return [...own.carriers.values()].map((carrier) => book.counting(carrier));
}

function delegated(book, knownAs) {
  const voters = new Map(knownAs.map(({ elector, voter }) => [elector, voter]));
  const spoken = spokenFor(book, voters);
  const pairs = [...spoken].map(([voter, said]) => [voter, asVoter(said.delegate, said, voters)]);
  const outsiders = new Set(pairs.map(([, delegate]) => delegate).filter((delegate) => !book.roll.has(delegate)));
  const withBallot = new Set(pairs.map(([, delegate]) => delegate).filter((each) => !outsiders.has(each) && book.counting(each)));
  const { carriers, lost } = resolve(withBallot, pairs, book.terms.carry_max ?? null);
  // As if outsiders had voted: so it shows whose chain comes to one of them.
  const ends = resolve(new Set([...withBallot, ...outsiders]), pairs).carriers;
  const fates = new Map([...carriers].map(([voter, carrier]) => [voter, `${carrier} null`]));
  for (const [voter, reason] of lost) {
    fates.set(voter, `null ${outsiders.has(ends.get(voter)) ? "not on the roll" : reason}`);
  }
  const electors = [...spoken.values()].filter(({ scope }) => scope !== "poll");
  const needed = new Set(electors.flatMap(({ delegator, delegate }) => [delegator, delegate]).filter((each) => voters.has(each)));
  return { fates, carriers, needed };
}

// What speaks for each voter on the roll without a ballot, in the order of the log: of several the narrowest.
function spokenFor(book, voters) {
  const narrowest = new Map();
  for (const said of standing(book)) {
    const voter = asVoter(said.delegator, said, voters);
    const known = narrowest.get(voter);
    if (known && WIDTH[said.scope] >= WIDTH[known.scope]) continue;
    narrowest.delete(voter);
    narrowest.set(voter, said);
  }
  return new Map([...narrowest].filter(([voter]) => book.roll.has(voter) && !book.counting(voter)));
}

function standing(book) {
  const close = book.closing.position;
  const { topic = null, takes_delegations: isTaken } = book.terms;
  const concerns = (said) =>
    said.groupId === book.opened.group_id &&
    (said.scope === "group" || (said.scope === "topic" && said.topic === topic) || (said.scope === "poll" && said.pollId === book.pollId));
  const all = isTaken ? [...book.delegations.values()].flat() : [];
  const found = all.filter((said) => concerns(said) && said.since < close && (said.until === null || said.until > close));
  return found.sort((one, other) => one.since - other.since);
}

const asVoter = (who, { scope }, voters) => (scope === "poll" ? who : voters.get(who) ?? who);

function isWellKnown(book, knownAs, needed) {
  const voters = new Set(knownAs.map(({ voter }) => voter));
  const electors = new Set(knownAs.map(({ elector }) => elector));
  const isOnce = voters.size === knownAs.length && electors.size === knownAs.length;
  return isOnce && knownAs.every(({ voter, elector }) => book.roll.has(voter) && needed.has(elector));
}
