// The entries of the log that a recount of one poll needs, gathered while all of it is read.

import { text } from "./bytes.js";
import { canonical, parse } from "./json.js";
import { isRead, isWellFormed, saysSomething } from "./shapes.js";

const ENTRY_BYTES_MAX = 60_000;
const OF_ANY_POLL = /^(Ballot|Delegation|PaperBatch|PaperBallots)/;
const TEXTS = /^(ProposalMade|ProposalRevised|AmendmentMade)$/;

/** What is said of one poll: its own entries, and delegations and texts that may matter to it. */
export class Entries {
  found = [];
  differences = [];
  #ids = new Set();
  #versions = new Map();

  constructor(pollId) {
    this.pollId = pollId;
  }

  /** Takes the entry at a position, if it matters. */
  take(position, bytes) {
    const fields = this.#read(position, bytes);
    if (!fields || !isRead(fields.name) || !this.#matters(fields)) return;
    if (!saysSomething(fields)) {
      this.#differ("unreadable", position);
      return;
    }
    this.found.push({ ...fields, position, bytes });
  }

  #read(position, bytes) {
    let [said, fields] = [null, null];
    try {
      said = text(bytes);
      fields = parse(said);
    } catch {
      // told below
    }
    if (!fields || !isWellFormed(fields)) {
      this.#differ("unreadable", position);
      return null;
    }
    if (canonical(fields) !== said || bytes.length > ENTRY_BYTES_MAX) this.#differ("form", position);
    if (this.#ids.has(fields.id)) this.#differ("id-twice", position);
    this.#ids.add(fields.id);
    if (!fields.name.startsWith("Ballot")) this.#follow(fields, position); // a ballot’s are followed with what it says
    return fields;
  }

  // Of each thing the first entry has version 1, each later one the next number.
  #follow({ aggregate_id: address, version }, position) {
    if (version !== (this.#versions.get(address) ?? 0) + 1) this.#differ("version", position);
    this.#versions.set(address, version);
  }

  #matters({ name, aggregate_id: address, data, group_id: groupId }) {
    if (address === this.pollId || data.poll_id === this.pollId || data.key_id === this.pollId) return true;
    if (TEXTS.test(name)) return true;
    if (name === "DelegationGranted") return data.poll_id === null || data.poll_id === undefined;
    // What is sealed with the group’s key, or names no poll, may be about this one.
    return (OF_ANY_POLL.test(name) && data.poll_id === undefined) || data.key_id === groupId;
  }

  #differ(rule, position) {
    this.differences.push({ check: "log", rule, position });
  }
}
