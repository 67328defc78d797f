// The roll and the opening of a poll, its close and what cancels it.

import { checkPoll, Invalid, settingsOf } from "../tally/poll.js";
import { checkRules } from "../tally/rules.js";
import { compare, fromHex, hex, utf8, uuidBytes } from "./bytes.js";
import { areWhole, inOrder, instant } from "./book.js";
import { sha256, sha256Of } from "./sha.js";
import { uuid5 } from "./uuid.js";

/** A part of a roll stands before its poll’s opening, and nothing is added behind it. */
export function freezeRoll(book, entry) {
  const { position, data, aggregate_id: address } = entry;
  if (book.opening) return book.differ("roll", "roll", position);
  if (address !== uuid5(book.pollId, `roll ${data.part}`)) book.differ("roll", "address", position);
  if (data.voters.some((voter, place) => place && data.voters[place - 1] >= voter)) book.differ("roll", "roll", position);
  book.rollParts.push({ part: data.part, position, voters: data.voters });
}

/** The opening fixes what is asked, how it is counted and who may vote. */
export function openPoll(book, entry) {
  const { position, data } = entry;
  if (book.opening) return book.differ("text", "opened-twice", position);
  book.opening = entry;
  book.opened = data;
  book.offered = new Set(data.options);
  book.settings = settingsOf(book.terms.settings);
  if (entry.group_id !== data.group_id) book.differ("text", "group", position);
  if (instant(data.closes_at) <= instant(entry.decided_at)) book.differ("text", "closing-time", position);
  checkTerms(book, entry);
  checkText(book, position);
  checkRoll(book, position);
}

function checkTerms(book, { position, decided_at: decidedAt, keyId }) {
  const { terms, opened } = book;
  try {
    checkPoll(opened.method, opened.options, book.settings);
    if (terms.rules) checkRules(opened.method, terms.rules);
  } catch (fault) {
    if (!(fault instanceof Invalid)) throw fault;
    book.differ("text", "options", position);
  }
  const carryMax = terms.carry_max ?? null;
  if (carryMax !== null && (carryMax < 0 || !terms.takes_delegations)) book.differ("text", "terms", position);
  if (terms.remind_at) {
    const at = instant(terms.remind_at);
    if (at <= instant(decidedAt) || at >= instant(opened.closes_at)) book.differ("text", "terms", position);
  }
  const isSealing = book.isHidden || book.isForGroup;
  const hasKey = Boolean(terms.key_sha256);
  if (hasKey !== isSealing) book.differ("text", "poll-key", position);
  if (keyId !== (book.isForGroup ? book.pollId : null)) book.differ("text", "sealed", position);
}

/** The version of a text, or the amendment, as it stands at this moment. */
export function keepText(book, { name, aggregate_id: address, position, data }) {
  if (hex(sha256(utf8(`${data.title}\n${data.text}`))) !== data.text_sha256) {
    book.texts.set(`${address} broken`, position);
  }
  const version = { ProposalMade: 1, AmendmentMade: 0 }[name] ?? data.version_number;
  book.texts.set(`${address} ${version}`, data.text_sha256);
}

function checkText(book, position) {
  const about = book.terms.proposal;
  if (!about) return;
  const id = about.amendment_id ?? about.proposal_id;
  if (book.texts.has(`${id} sealed`)) return;
  const found = book.texts.get(`${id} ${about.amendment_id ? 0 : about.version_number}`);
  if (found !== about.text_sha256) book.differ("text", "text", position);
  if (book.texts.has(`${id} broken`)) book.differ("text", "text", book.texts.get(`${id} broken`));
}

function checkRoll(book, position) {
  const { opened } = book;
  const parts = inOrder(book.rollParts);
  if (!areWhole(parts, opened.parts_count)) book.differ("roll", "roll", position);
  const count = BigInt(Math.max(Number(opened.parts_count), 1));
  const voters = [];
  for (const { part, position: at, voters: some } of parts) {
    for (const voter of some) {
      if (book.roll.has(voter)) book.differ("roll", "roll", at);
      if (BigInt(`0x${voter.replaceAll("-", "")}`) % count !== BigInt(part)) book.differ("roll", "roll", at);
      book.roll.add(voter);
      voters.push(uuidBytes(voter));
    }
  }
  if (book.roll.size !== opened.voters_count) book.differ("roll", "roll", position);
  if (hex(sha256Of(voters.sort(compare))) !== opened.roll_sha256) book.differ("roll", "roll", position);
}

/** Nothing in a poll that is cancelled counts. */
export function cancelPoll(book, { position }) {
  if (!book.isOpen) return book.differ("count", "cancelled", position);
  book.cancelling = position;
}

/** The close comes at the poll’s time, or earlier if the opening said so; `rootAt` is the log’s root at a position. */
export function closePoll(book, entry, rootAt) {
  const { position, data } = entry;
  if (!book.opening) return book.differ("count", "no-poll", position);
  if (book.closing) return book.differ("count", "closed-twice", position);
  if (book.cancelling) return book.differ("count", "cancelled", position);
  const isEarly = instant(entry.decided_at) < instant(book.opened.closes_at);
  if (data.is_early !== isEarly || (isEarly && !book.opened.may_close_early)) book.differ("count", "closing-time", position);
  checkKey(book, position, data.key ?? null);
  book.closing = entry;
  book.seed = book.terms.seed_from === "root" ? rootAt(position) : sha256(entry.bytes);
}

function checkKey(book, position, key) {
  const isPublished = book.isHidden && !book.isForGroup;
  const isRight = key !== null && hex(sha256(fromHex(key))) === book.terms.key_sha256;
  if (isPublished ? !isRight : key !== null) book.differ("count", "poll-key", position);
}
