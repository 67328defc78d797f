// The count in the browser gives, to the letter, what libs/tally gives: on polls drawn at random, of every method.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fromHex } from "../../../../gateway/web/islands/recount/bytes.js";
import { canonical, parse } from "../../../../gateway/web/islands/recount/json.js";
import { ballotsSha256, count } from "../../../../gateway/web/islands/tally/count.js";
import { resolve } from "../../../../gateway/web/islands/tally/delegation.js";
import { Invalid, METHODS } from "../../../../gateway/web/islands/tally/poll.js";

const { counts, delegations } = parse(readFileSync(`${process.env.PLAANET_VECTORS}/vectors.json`, "utf8"));

for (const method of METHODS) {
  test(`${method}: every figure is that of libs/tally`, () => {
    const polls = counts.filter((poll) => poll.method === method);
    assert.ok(polls.length >= 50);
    for (const poll of polls) {
      const ballots = poll.ballots.map(([number, choices, marks]) => ({ number, choices, marks }));
      const outcome = count(method, poll.options, ballots, {
        seed: fromHex(poll.seed),
        settings: poll.settings,
        rules: poll.rules,
        votersCount: poll.voters_count,
      });
      assert.equal(canonical(outcome), canonical(poll.outcome), canonical(poll));
      assert.equal(ballotsSha256(ballots), poll.ballots_sha256);
    }
  });
}

test("some of these polls are level, and some were drawn", () => {
  const ties = counts.flatMap(({ outcome }) => outcome.rounds.map(({ tie }) => tie)).filter(Boolean);
  assert.ok(ties.some(({ seed }) => seed));
  assert.ok(ties.some(({ broken_by: by }) => by.length === 0));
});

test("delegations end where those of libs/tally end", () => {
  assert.ok(delegations.length >= 50);
  for (const each of delegations) {
    const { carriers, lost } = resolve(new Set(each.voters), each.grants, each.carry_max);
    assert.deepEqual(Object.fromEntries(carriers), each.carriers);
    assert.deepEqual(Object.fromEntries(lost), each.lost);
  }
});

test("a ballot that breaks a rule is never counted", () => {
  const polls = [
    ["single", ["a", "b"], ["a", "b"], [], {}],
    ["ranked", ["a", "b"], ["a", "a"], [], {}],
    ["ranked", ["a", "b"], ["c"], [], {}],
    ["ranked", ["a", "b"], ["a"], [1], {}],
    ["score", ["a", "b"], ["a"], [6], { score_max: 5 }],
    ["score", ["a", "b"], ["a", "b"], [1], { score_max: 5 }],
    ["score", ["a", "b"], ["a"], [0.5], { score_max: 5 }],
    ["dots", ["a", "b"], ["a", "b"], [2, 2], { budget: 3 }],
    ["borda", ["a", "b"], ["a", "b"], [2, 1], {}],
  ];
  for (const [method, options, choices, marks, settings] of polls) {
    const ballots = [{ choices, marks, number: 1 }];
    assert.throws(() => count(method, options, ballots, { seed: new Uint8Array(32), settings }), Invalid, method);
  }
});

test("a poll that means nothing is never counted", () => {
  const polls = [
    ["plurality", ["a"], {}, null],
    ["single", [], {}, null],
    ["single", ["a", "a"], {}, null],
    ["single", ["a"], { seats: 2 }, null],
    ["stv", ["a"], { seats: 2 }, null],
    ["consent", ["yes", "no"], {}, null],
    ["judgment", ["a"], { grades: ["good"] }, null],
    ["budget", ["a", "b"], { budget: 5, costs: [6, 1] }, null],
    ["score", ["a"], { score_max: 5 }, { threshold: "absolute" }],
    ["single", ["a"], {}, { threshold: "qualified" }],
  ];
  for (const [method, options, settings, rules] of polls) {
    assert.throws(() => count(method, options, [], { seed: new Uint8Array(32), settings, rules }), Invalid, method);
  }
});
