// The count made again, and compared with what was declared and with what the node shows.

import { ballotsSha256, count, gathered } from "../tally/count.js";
import { Invalid } from "../tally/poll.js";
import { hex, utf8 } from "./bytes.js";
import { areWhole, inOrder } from "./book.js";
import { carry } from "./carried.js";
import { canonical } from "./json.js";
import { sha256 } from "./sha.js";
import { uuid5 } from "./uuid.js";

const CHECK = "count";
const OMITTED = { elected: [], label: "" };

/** A part of a result waits for its declaration. */
export function countRounds(book, { position, aggregate_id: address, data }) {
  if (address !== uuid5(book.pollId, `result ${data.part}`)) book.differ(CHECK, "address", position);
  book.roundParts.push({ part: data.part, position, rounds: data.rounds });
}

/** What is declared is what a recount gives, figure for figure. */
export function declareResult(book, entry) {
  const { position, data } = entry;
  const parts = inOrder(book.roundParts);
  book.roundParts = [];
  if (!book.opening) return book.differ(CHECK, "no-poll", position);
  if (book.cancelling) return book.differ(CHECK, "cancelled", position);
  if (!book.closing) return book.differ(CHECK, "not-closed", position);
  if (book.declared) return book.differ(CHECK, "declared-twice", position);
  if (entry.aggregate_id !== uuid5(book.pollId, "result")) book.differ(CHECK, "address", position);
  if (entry.actor !== "governance") book.differ(CHECK, "actor", position);
  const rounds = parts.flatMap((part) => part.rounds);
  if (!areWhole(parts, data.parts_count) || rounds.length !== data.rounds_count) book.differ(CHECK, "result-parts", position);
  book.declared = { position, said: { ...data, rounds } };
  countAgain(book, carry(book, data, position));
  if (book.outcome && faults(book, book.declared.said).length) book.differ(CHECK, "result", position);
}

function countAgain(book, more) {
  if (more === null) return; // weights that cannot be read
  const ballots = gathered([...book.ballots(), ...more]);
  const { method, options, voters_count: votersCount } = book.opened;
  try {
    const { settings, rules = null } = book.terms;
    book.outcome = count(method, options, ballots, { seed: book.seed, settings, rules, votersCount });
    book.ballotsSha256 = ballotsSha256(ballots);
  } catch (fault) {
    if (!(fault instanceof Invalid)) throw fault;
    book.differ(CHECK, "options", book.closing.position);
  }
}

/** Returns the names of the figures in which a result is not what the ballots of the log give. */
export function faults(book, said) {
  const { outcome } = book;
  const found = {
    method: outcome.method,
    closed_position: book.closing.position,
    seed: hex(book.seed),
    voters_count: book.opened.voters_count,
    ballots_count: outcome.ballots_count,
    paper_ballots_count: book.paper().length,
    blank_count: outcome.blank_count,
    winners: outcome.winners,
    unit: outcome.unit ?? 1,
    quota: outcome.quota ?? null,
    ranking: outcome.ranking ?? [],
    verdict: outcome.verdict ?? null,
    rounds: outcome.rounds.map(filled),
    outcome_sha256: hex(sha256(utf8(canonical(outcome)))),
    ballots_sha256: book.ballotsSha256,
  };
  const declared = { unit: 1, quota: null, ranking: [], verdict: null, ...said, rounds: said.rounds.map(filled) };
  return Object.keys(found).filter((name) => canonical(found[name]) !== canonical(declared[name]));
}

const filled = (round) => ({ ...OMITTED, ...round });
