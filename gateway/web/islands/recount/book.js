// What a recount remembers of one poll while it reads on.

const SECOND = /:\d{2}Z$/;

/** Returns a time in the one form in which times compare as texts do. */
export const instant = (time) => (SECOND.test(time) ? time.replace("Z", ".000000Z") : time);

export class Book {
  opening = null; // the entry, with its data
  opened = null; // its data
  offered = new Set();
  settings = null;
  groupId = null;
  roll = new Set();
  rollParts = [];
  lines = new Map(); // voter -> { position, version, ballot }
  history = new Map(); // position -> { voter, ballot }, of every entry of a ballot of this poll
  paperParts = new Map(); // batch -> parts
  batches = new Map(); // batch -> { position, ballots, isStruck }
  delegations = new Map(); // address -> what it said, one after another
  delegationParts = [];
  roundParts = [];
  texts = new Map();
  closing = null;
  cancelling = null;
  seed = null;
  declared = null; // { position, said, rounds }
  outcome = null;
  ballotsSha256 = null;
  carriers = new Map();
  late = [];
  replacedCount = 0;
  hasSealedDelegations = false;
  differences = [];

  constructor(pollId) {
    this.pollId = pollId;
  }

  differ(check, rule, position) {
    this.differences.push({ check, rule, position });
  }

  get terms() {
    return this.opened?.terms ?? {};
  }

  get isOpen() {
    return this.opening !== null && this.closing === null && this.cancelling === null;
  }

  get isHidden() {
    return this.terms.results === "hidden";
  }

  get isForGroup() {
    return this.terms.audience === "group";
  }

  /** Returns whether an entry that would count comes while the poll is open; what is late is remembered. */
  takes({ position }) {
    if (this.isOpen) return true;
    if (this.opening) this.late.push(position);
    return false;
  }

  /** Returns the ballot of a voter that counts at this moment, or null. */
  counting(voter) {
    const ballot = this.lines.get(voter)?.ballot;
    return ballot?.standing === "counts" ? ballot : null;
  }

  /** Returns every ballot that counts at this moment, members' and those on paper. */
  ballots() {
    const own = [...this.lines.values()].map(({ ballot }) => ballot).filter((ballot) => ballot?.standing === "counts");
    return [...own, ...this.paper()];
  }

  /** Returns the paper ballots that count at this moment. */
  paper() {
    return [...this.batches.values()].filter(({ isStruck }) => !isStruck).flatMap(({ ballots }) => ballots);
  }
}

/** Returns whether parts, each with its number, are 0, 1, … and so many, once each. */
export const areWhole = (parts, count) =>
  parts.length === Number(count) && parts.every(({ part }, place) => part === place);

/** Returns parts in the order of their numbers. */
export const inOrder = (parts) => [...parts].sort((one, other) => one.part - other.part || one.position - other.position);
