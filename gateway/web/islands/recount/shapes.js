// What the data of an entry must look like before it is believed to say anything (docs/contracts/governance.json).

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?Z$/;
const DIGEST = /^[0-9a-f]{64}$/;

const matching = (form) => (value) => typeof value === "string" && form.test(value);
const isText = (value) => typeof value === "string";
const isTruth = (value) => typeof value === "boolean";
const isWhole = (value) => typeof value === "bigint" || Number.isInteger(value);
const isCount = (value) => isWhole(value) && value >= 0;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const listOf = (is) => (value) => Array.isArray(value) && value.every(is);
const orNull = (is) => (value) => value === null || is(value);
const oneOf = (...words) => (value) => words.includes(value);

/** A field that may be left out is written with a question mark. */
const shape = (fields) => (value) => {
  if (!isObject(value)) return false;
  const names = Object.keys(fields);
  const isKnown = Object.keys(value).every((name) => names.some((each) => each === name || each === `${name}?`));
  return isKnown && names.every((name) => {
    const plainName = name.replace("?", "");
    return value[plainName] === undefined ? name.endsWith("?") : fields[name](value[plainName]);
  });
};

const isUuid = matching(UUID);
const isTime = matching(TIME);
const isDigest = matching(DIGEST);
const texts = listOf(isText);
const counts = listOf(isCount);

const isSettings = shape({
  "seats?": isCount, "score_max?": orNull(isCount), "grades?": texts, "budget?": orNull(isCount), "costs?": counts, "draws_ties?": isTruth,
});
const isShare = (value) => counts(value) && value.length === 2 && value[1] >= 1 && value[0] <= value[1];
const isRules = shape({
  "quorum_roll?": orNull(isShare), "quorum_ballots?": orNull(isCount), "threshold?": oneOf("simple", "absolute", "qualified"),
  "share?": orNull(isShare), "abstentions_count?": isTruth,
});
const isTerms = shape({
  "settings?": isSettings, "rules?": orNull(isRules), "eligibility?": isObject, "topic?": orNull(isText),
  "takes_delegations?": isTruth, "carry_max?": orNull(isWhole), "results?": oneOf("running", "hidden"),
  "audience?": oneOf("everyone", "group"), "key_sha256?": orNull(isDigest), "seed_from?": oneOf("close", "root"),
  "proposal?": orNull(shape({
    proposal_id: isUuid, version_number: isCount, text_sha256: isDigest, "amendment_id?": orNull(isUuid),
  })),
  "reviews?": orNull(isUuid), "replaces?": orNull(isUuid), "remind_at?": orNull(isTime),
});
const isTie = shape({ options: counts, broken_by: texts, seed: orNull(isText) });
const isRound = shape({
  counts: listOf(orNull(isWhole)), exhausted_count: isWhole, eliminated: counts, tie: orNull(isTie), "elected?": counts, "label?": isText,
});
const isVerdict = shape({
  quorum_needed: orNull(isWhole), quorum_is_met: isTruth, support: orNull(isWhole), support_needed: orNull(isWhole),
  blocks_count: isWhole, is_passed: isTruth,
});
const said = { choices: texts, "marks?": counts, "reason?": orNull(isText) };
const versioned = { title: isText, text: isText, text_sha256: isDigest };

const DATA = {
  RollFrozen: shape({ poll_id: isUuid, part: isCount, voters: listOf(isUuid) }),
  PollOpened: shape({
    group_id: isUuid, question: isText, "explanation?": orNull(isText), method: isText, options: texts, closes_at: isTime,
    may_close_early: isTruth, allows_paper: isTruth, voters_count: isCount, parts_count: isCount, roll_sha256: isDigest, "terms?": isTerms,
  }),
  PollClosed: shape({ is_early: isTruth, "key?": orNull(isDigest) }),
  PollCancelled: shape({ reason: isText }),
  BallotCast: shape({ poll_id: isUuid, voter: isUuid, ...said }),
  BallotReplaced: shape(said),
  BallotWithdrawn: shape({}),
  PaperBallotsEntered: shape({ poll_id: isUuid, batch_id: isUuid, part: isCount, ballots: listOf(texts), "marks?": listOf(counts) }),
  PaperBatchEntered: shape({ poll_id: isUuid, ballots_count: isCount, parts_count: isCount }),
  PaperBatchStruck: shape({ reason: isText }),
  DelegationGranted: shape({
    group_id: isUuid, scope: oneOf("poll", "topic", "group"), poll_id: orNull(isUuid), topic: orNull(isText), delegator: isUuid, delegate: isUuid,
  }),
  DelegationChanged: shape({ delegate: isUuid }),
  DelegationWithdrawn: shape({}),
  DelegationsCounted: shape({
    poll_id: isUuid, part: isCount, "known_as?": listOf(shape({ voter: isUuid, elector: isUuid })),
    carried: listOf(shape({ delegator: isUuid, "carrier?": orNull(isUuid), "lost?": orNull(isText) })),
  }),
  RoundsCounted: shape({ poll_id: isUuid, part: isCount, rounds: listOf(isRound) }),
  ResultDeclared: shape({
    poll_id: isUuid, method: isText, closed_position: isWhole, seed: isDigest, voters_count: isWhole, ballots_count: isWhole,
    paper_ballots_count: isWhole, blank_count: isWhole, winners: texts, rounds_count: isWhole, parts_count: isWhole,
    outcome_sha256: isDigest, ballots_sha256: isDigest, "unit?": isWhole, "quota?": orNull(isWhole), "ranking?": listOf(counts),
    "verdict?": orNull(isVerdict), "delegated_count?": isWhole, "delegation_parts_count?": isCount,
  }),
  ProposalMade: (data) => isObject(data) && shape(versioned)(only(data, versioned)),
  ProposalRevised: (data) => isObject(data) && isCount(data.version_number) && shape(versioned)(only(data, versioned)),
  AmendmentMade: (data) => isObject(data) && shape(versioned)(only(data, versioned)),
};

const only = (data, fields) => Object.fromEntries(Object.entries(data).filter(([name]) => name in fields));

const isEntry = shape({
  actor: isText, aggregate_id: isUuid, data: isObject, decided_at: isTime, group_id: orNull(isUuid), id: isUuid, name: isText,
  revision: isCount, version: isCount,
});
const isEnvelope = shape({ key_id: isUuid, sealed: isText });

/** Returns whether an entry has the keys and types that every entry has; its data may be sealed. */
export const isWellFormed = (fields) => isEntry(fields);

/** Returns whether the data of an entry is what its kind of event says, or is sealed. */
export const saysSomething = ({ name, data }) => isEnvelope(data) || (DATA[name]?.(data) ?? true);

/** The kinds of events that a recount reads. */
export const isRead = (name) => name in DATA;
