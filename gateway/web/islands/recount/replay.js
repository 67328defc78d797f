// Reads what the log says of one poll, entry by entry, and checks each against all before it.

import { castBallot, enterBatch, enterPart, replaceBallot, strikeBatch, withdrawBallot } from "./ballots.js";
import { Book } from "./book.js";
import { fromHex } from "./bytes.js";
import { change, countPart, grant, withdraw } from "./carried.js";
import { cancelPoll, closePoll, freezeRoll, keepText, openPoll } from "./opening.js";
import { countRounds, declareResult } from "./result.js";
import { isSealed, opener } from "./sealed.js";
import { saysSomething } from "./shapes.js";
import { uuid5 } from "./uuid.js";

const HANDLERS = {
  RollFrozen: ["roll", freezeRoll],
  PollOpened: ["text", openPoll],
  PollClosed: ["count", closePoll],
  PollCancelled: ["count", cancelPoll],
  BallotCast: ["ballots", castBallot],
  BallotReplaced: ["ballots", replaceBallot],
  BallotWithdrawn: ["ballots", withdrawBallot],
  PaperBallotsEntered: ["ballots", enterPart],
  PaperBatchEntered: ["ballots", enterBatch],
  PaperBatchStruck: ["ballots", strikeBatch],
  DelegationGranted: ["delegations", grant],
  DelegationChanged: ["delegations", change],
  DelegationWithdrawn: ["delegations", withdraw],
  DelegationsCounted: ["delegations", countPart],
  RoundsCounted: ["count", countRounds],
  ResultDeclared: ["count", declareResult],
  ProposalMade: ["text", keepText],
  ProposalRevised: ["text", keepText],
  AmendmentMade: ["text", keepText],
};
const ABOUT_ONE_POLL = new Set([
  "RollFrozen", "PollOpened", "PollClosed", "PollCancelled", "BallotCast", "PaperBallotsEntered", "PaperBatchEntered",
  "DelegationsCounted", "RoundsCounted", "ResultDeclared",
]);
// What may be sealed with the key of its group.
const OF_GROUP = /^(Delegation|Proposal|Amendment)/;

/**
 * Returns the book of a poll, as the gathered entries (entries.js) leave it.
 *
 * `key` opens what is sealed with the poll’s key, 64 hexadecimal digits or null, `groupKey` what the group keeps to
 * itself beside its polls; `rootAt` gives the log’s root at a position. A poll that is sealed and cannot be opened has a book without an opening, whose `isShut` says so.
 */
export async function replay(pollId, entries, { key = null, groupKey = null, rootAt }) {
  const book = new Book(pollId);
  book.groupId = entries.find(({ name, aggregate_id: id }) => name === "PollOpened" && id === pollId)?.group_id ?? null;
  const opened = await unsealed(book, entries, { key, groupKey });
  if (opened === null) {
    book.isShut = true;
    return book;
  }
  for (const entry of opened) {
    const [check, handle] = HANDLERS[entry.name];
    try {
      handle(book, entry, rootAt);
    } catch {
      book.differ(check, "unreadable", entry.position);
    }
  }
  atTheEnd(book);
  return book;
}

function atTheEnd(book) {
  const last = book.closing?.position ?? 0;
  if (!book.opening) book.differ("text", "no-poll", 0);
  else if (book.closing && !book.declared) book.differ("count", "no-result", last);
  else if (!book.closing && !book.cancelling) book.differ("count", "not-closed", 0);
  for (const [{ position }] of book.paperParts.values()) book.differ("ballots", "part-alone", position);
  if (book.roundParts.length || book.delegationParts.length) book.differ("count", "part-alone", last);
}

// The entries in the open, or null where the poll’s own opening stays shut.
async function unsealed(book, entries, { key, groupKey }) {
  const { pollId } = book;
  const published = entries.find(({ name, aggregate_id: id, data }) => name === "PollClosed" && id === pollId && data.key);
  const digits = key ?? published?.data.key ?? null;
  const open = digits ? await opener(fromHex(digits)) : null;
  const openOfGroup = groupKey ? await opener(fromHex(groupKey)) : null;
  if (!open && entries.some((entry) => entry.name === "PollOpened" && entry.aggregate_id === pollId && isSealed(entry))) return null;
  const found = [];
  for (const entry of entries) {
    const clear = isSealed(entry) ? await opened(book, entry, { open, openOfGroup }) : { ...entry, keyId: null };
    if (clear && isAbout(pollId, clear)) found.push(clear);
  }
  return found;
}

function isAbout(pollId, { name, aggregate_id: address, data }) {
  if (name.startsWith("Poll")) return address === pollId;
  return !ABOUT_ONE_POLL.has(name) || data.poll_id === pollId;
}

async function opened(book, entry, { open, openOfGroup }) {
  const { pollId, groupId } = book;
  const { key_id: keyId } = entry.data;
  const [check] = HANDLERS[entry.name];
  if (keyId === groupId) {
    if (!openOfGroup || !OF_GROUP.test(entry.name)) return hide(book, entry);
    return read(book, entry, openOfGroup);
  }
  if (keyId !== pollId) {
    if (check === "ballots" && isOwn(pollId, entry)) book.differ(check, "sealed", entry.position);
    return null;
  }
  return read(book, entry, open);
}

async function read(book, entry, open) {
  const data = open && (await open(entry));
  if (!data || !saysSomething({ name: entry.name, data })) {
    book.differ(HANDLERS[entry.name][0], "sealed", entry.position);
    return null;
  }
  return { ...entry, data, keyId: entry.data.key_id };
}

// What is sealed with the key of the group is its members’ own.
function hide(book, { name, aggregate_id: address, position }) {
  if (!OF_GROUP.test(name)) book.differ(HANDLERS[name][0], "sealed", position);
  else if (name.startsWith("Delegation")) book.hasSealedDelegations = true;
  else book.texts.set(`${address} sealed`, true);
  return null;
}

const isOwn = (pollId, { name, actor, aggregate_id: address }) =>
  name.startsWith("Ballot") && address === uuid5(pollId, actor);
