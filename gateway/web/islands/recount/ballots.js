// Ballots of members, and those on paper.

import { checkBallot, Invalid } from "../tally/poll.js";
import { areWhole, inOrder } from "./book.js";
import { uuid5 } from "./uuid.js";

const CHECK = "ballots";
const PAPER_BALLOTS_MAX = 500;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One ballot for each voter on the roll, at the one address that the poll and the voter have together. */
export function castBallot(book, entry) {
  const { position, actor, data } = entry;
  if (!book.takes(entry)) return;
  const { voter } = data;
  if (actor !== voter) book.differ(CHECK, "actor", position);
  if (entry.aggregate_id !== uuid5(book.pollId, voter)) return book.differ(CHECK, "address", position);
  if (!book.roll.has(voter)) return book.differ(CHECK, "not-on-the-roll", position);
  if (book.lines.has(voter)) return book.differ(CHECK, "second-ballot", position);
  checkGroup(book, entry);
  put(book, entry, voter);
}

/** What a voter chose last is what counts. */
export function replaceBallot(book, entry) {
  if (!isOfPoll(book, entry) || !takeBack(book, entry, "replaced")) return;
  book.replacedCount += 1;
  put(book, entry, entry.actor);
}

/** A ballot that was taken back counts for nothing. */
export function withdrawBallot(book, entry) {
  if (!isOfPoll(book, entry) || !takeBack(book, entry, "withdrawn")) return;
  moveOn(book, entry, entry.actor, { choices: [], marks: [], standing: "withdrawal" });
}

function isOfPoll(book, entry) {
  // It names no poll; but its actor is the voter, and its address is made of both.
  return UUID.test(entry.actor) && entry.group_id === book.opened?.group_id && entry.aggregate_id === uuid5(book.pollId, entry.actor);
}

function takeBack(book, entry, standing) {
  if (!book.takes(entry)) return false;
  const line = book.lines.get(entry.actor);
  if (!line) {
    book.differ(CHECK, book.roll.has(entry.actor) ? "no-ballot" : "not-on-the-roll", entry.position);
    return false;
  }
  if (line.ballot.standing === "counts") line.ballot.standing = standing;
  line.ballot.next = entry.position;
  return true;
}

function put(book, entry, voter) {
  const { data } = entry;
  const ballot = { choices: data.choices, marks: data.marks ?? [], standing: "counts", next: null };
  checkSeal(book, entry);
  const isBlock = book.opened.method === "consent" && book.opened.options.includes("block") && ballot.choices.includes("block");
  if ((data.reason ?? null) !== null !== isBlock) book.differ(CHECK, "reason", entry.position);
  if (!canBeCounted(book, ballot)) {
    ballot.standing = "invalid";
    book.differ(CHECK, "ballot", entry.position);
  }
  moveOn(book, entry, voter, ballot);
}

function moveOn(book, { position, version }, voter, ballot) {
  if (version !== (book.lines.get(voter)?.version ?? 0) + 1) book.differ(CHECK, "version", position);
  book.lines.set(voter, { position, version, ballot });
  book.history.set(position, { voter, ballot });
}

function checkGroup(book, { position, group_id: groupId }) {
  if (groupId !== book.opened.group_id) book.differ(CHECK, "group", position);
}

function checkSeal(book, { position, keyId }) {
  if (keyId !== (book.isHidden || book.isForGroup ? book.pollId : null)) book.differ(CHECK, "sealed", position);
}

function canBeCounted(book, ballot) {
  try {
    checkBallot(book.opened.method, book.offered, ballot, book.settings);
    return true;
  } catch (fault) {
    if (fault instanceof Invalid) return false;
    throw fault;
  }
}

/** A part of a batch waits for the entry of the whole. */
export function enterPart(book, entry) {
  const { position, data } = entry;
  if (entry.aggregate_id !== uuid5(data.batch_id, `part ${data.part}`)) book.differ(CHECK, "address", position);
  if (book.opening) checkSeal(book, entry);
  const marks = data.marks ?? [];
  if (marks.length && marks.length !== data.ballots.length) book.differ(CHECK, "paper-parts", position);
  const ballots = data.ballots.map((choices, place) => ({ choices, marks: marks[place] ?? [] }));
  const parts = book.paperParts.get(data.batch_id) ?? [];
  book.paperParts.set(data.batch_id, [...parts, { part: data.part, position, actor: entry.actor, ballots }]);
}

/** A batch counts whole, in a poll that allows paper, in the name of the steward who entered it. */
export function enterBatch(book, entry) {
  const { position, data, aggregate_id: batch } = entry;
  const parts = inOrder(book.paperParts.get(batch) ?? []);
  book.paperParts.delete(batch);
  if (!book.takes(entry)) return;
  if (!book.opened.allows_paper) return book.differ(CHECK, "paper-not-allowed", position);
  if (book.batches.has(batch)) return book.differ(CHECK, "batch-twice", position);
  checkGroup(book, entry);
  if (!UUID.test(entry.actor) || parts.some(({ actor }) => actor !== entry.actor)) book.differ(CHECK, "actor", position);
  const count = parts.reduce((sum, { ballots }) => sum + ballots.length, 0);
  const isWhole = areWhole(parts, data.parts_count) && count === data.ballots_count && count <= PAPER_BALLOTS_MAX;
  if (!isWhole) book.differ(CHECK, "paper-parts", position);
  const ballots = [];
  for (const { position: at, ballots: some } of parts) {
    for (const ballot of some) {
      if (canBeCounted(book, ballot)) ballots.push(ballot);
      else book.differ(CHECK, "ballot", at);
    }
  }
  book.batches.set(batch, { position, ballots, isStruck: false });
}

/** A batch that was struck before the close counts for nothing. */
export function strikeBatch(book, entry) {
  const batch = book.batches.get(entry.aggregate_id);
  if (batch && book.takes(entry)) batch.isStruck = true;
}
