// A recount on a phone finds whatever `plaanet audit` finds, and what was altered on the way besides.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { archive, Remembering } from "../../../../gateway/web/islands/recount/archive.js";
import { utf8 } from "../../../../gateway/web/islands/recount/bytes.js";
import { recount } from "../../../../gateway/web/islands/recount/recount.js";
import { Kept, Served, Unreadable } from "../../../../gateway/web/islands/recount/source.js";
import { Folder } from "./source.mjs";

const MADE = process.env.PLAANET_VECTORS;
const { honest, dishonest } = JSON.parse(readFileSync(`${MADE}/votes.json`, "utf8"));
const open = honest.find(({ name }) => name === "open");

async function counted(vote, more = {}) {
  const checks = [];
  const asked = { pollId: vote.poll_id, source: new Folder(vote.folder), key: vote.key, groupKey: vote.group_key, ...more };
  const end = await recount(asked, ({ check }) => check && checks.push(check));
  const rules = checks.flatMap(({ differences }) => differences.map(({ rule }) => rule));
  return { ...end, checks, rules, of: (id) => checks.find((check) => check.id === id) };
}

const altered = (vote, path, change) => counted(vote, { source: new Folder(vote.folder, { [path]: change }) });
const bundle = `tile/entries/000.p/19`;

// Replaces the first of a text by another of the same length, in bytes.
const replaced = (one, other) => (bytes) => {
  assert.equal(one.length, other.length);
  const whole = Buffer.from(bytes);
  const at = whole.indexOf(one);
  assert.ok(at > 0);
  whole.write(other, at);
  return new Uint8Array(whole);
};

for (const vote of honest) {
  test(`${vote.name}: all eight hold`, async () => {
    const { state, checks, rules } = await counted(vote, { mine: { position: vote.position } });
    assert.deepEqual([state, checks.length, rules], ["right", 8, []]);
    assert.ok(checks.every(({ state: each }) => each === "ok"));
  });
}

test("what a keeper did to any entry is found exactly where the audit finds it", async () => {
  for (const vote of dishonest) {
    const { state, rules } = await counted(vote);
    assert.equal(state === "broken", vote.rules.length > 0, `${vote.name}: ${vote.rules} and here ${rules}`);
  }
});

test("a ballot changed behind the seal", async () => {
  const { state, of, rules } = await altered(open, bundle, replaced('["wild","orchard"]', '["orchard","wild"]'));
  assert.equal(state, "broken");
  assert.equal(of("log").state, "bad");
  assert.ok(rules.includes("root") && rules.includes("tile") && rules.includes("result"));
});

test("a line dropped behind the seal", async () => {
  const { state, checks, rules } = await altered(open, bundle, (bytes) => bytes.subarray(2 + ((bytes[0] << 8) | bytes[1])));
  assert.deepEqual([state, rules], ["broken", ["tile"]]);
  assert.deepEqual(checks.map(({ id }) => id), ["log", "witnesses"]);
});

test("more bytes than entries, a tile of hashes that no proof touches, a tile that is gone", async () => {
  const longer = await altered(open, bundle, (bytes) => Uint8Array.of(...bytes, 0, 0));
  assert.deepEqual(longer.rules, ["tile"]);
  const tile = await altered(open, "tile/0/000.p/19", (bytes) => bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte)));
  assert.deepEqual(tile.rules, ["tile"]);
  const gone = await altered(open, "tile/0/000.p/19", () => null);
  assert.deepEqual(gone.rules, ["tile"]);
});

test("a signature that is wrong, or missing, or a witness’s", async () => {
  const signature = (name) => (bytes) => {
    const lines = Buffer.from(bytes).toString().split("\n");
    const place = lines.findIndex((line) => line.startsWith(`— ${name} `));
    const raw = Buffer.from(lines[place].split(" ")[2], "base64");
    raw[30] ^= 1;
    lines[place] = `— ${name} ${raw.toString("base64")}`;
    return utf8(lines.join("\n"));
  };
  const log = await altered(open, "checkpoint", signature("node.example/governance"));
  assert.deepEqual(log.of("log").differences.map(({ rule }) => rule), ["checkpoint", "key"]);
  const witness = await altered(open, "checkpoint", signature("w1.example"));
  assert.deepEqual(witness.of("witnesses").differences.map(({ rule }) => rule), ["checkpoint", "witness"]);
  const without = (name) => (bytes) => utf8(Buffer.from(bytes).toString().split("\n").filter((line) => !line.startsWith(`— ${name}`)).join("\n"));
  assert.deepEqual((await altered(open, "checkpoint", without("node"))).rules, ["key"]);
  assert.deepEqual((await altered(open, "checkpoint", without("w"))).rules, ["witness"]);
  assert.deepEqual((await altered(open, "checkpoint", replaced("\n19\n", "\n18\n"))).state, "broken");
});

test("no checkpoint at all, or a key file of nonsense", async () => {
  for (const path of ["checkpoint", "key"]) {
    for (const nonsense of ["", "hello", "a\n1\n", "x+y+z\n", "\xff\n\n— a b\n"]) {
      const { state } = await altered(open, path, () => utf8(nonsense));
      assert.equal(state, "broken", `${path} ${nonsense}`);
    }
  }
});

test("a log whose witnesses have slept is stale, where it is served", async () => {
  const served = Object.assign(new Folder(open.folder), { isKept: false });
  const fresh = await counted(open, { source: served });
  assert.equal(fresh.state, "right");
  const later = await counted(open, { source: served, now: Date.now() + 25 * 3_600_000 });
  assert.deepEqual(later.rules, ["stale"]);
  assert.equal((await counted(open, { now: Date.now() + 25 * 3_600_000 })).state, "right");
});

test("another log than last time, or a shorter one", async () => {
  const { checkpoint } = await counted(open);
  const known = (more) => counted(open, { known: { ...checkpoint, ...more } });
  assert.equal((await known({})).state, "right");
  assert.deepEqual((await known({ size: 20 })).rules, ["rollback"]);
  assert.deepEqual((await known({ size: 12 })).rules, ["fork"]);
  assert.equal((await known({ origin: "elsewhere", size: 99 })).state, "right");
});

test("the result that the node shows is compared", async () => {
  const book = JSON.parse(readFileSync(`${MADE}/shown.json`, "utf8"));
  assert.equal((await counted(open, { shown: book })).of("count").say, "ok");
  for (const [name, value] of [["winners", ["orchard"]], ["ballots_count", 5], ["outcome_sha256", "0".repeat(64)]]) {
    const { state, rules } = await counted(open, { shown: { ...book, [name]: value } });
    assert.deepEqual([state, rules], ["broken", ["shown-result"]], name);
  }
  const rounds = book.rounds.map((round) => ({ ...round, exhausted_count: round.exhausted_count + 1 }));
  assert.deepEqual((await counted(open, { shown: { ...book, rounds } })).rules, ["shown-result"]);
});

test("one’s own ballot: it counts, was replaced, was withdrawn, or is not there", async () => {
  const own = async (mine) => (await counted(open, { mine })).of("mine");
  const counting = await own({ position: 8, choices: ["wild"], marks: [] });
  assert.equal(counting.say, "counts");
  assert.match(counting.values.code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.equal((await own({ position: 8, code: counting.values.code })).say, "counts");
  assert.equal((await own({ position: 8, code: "AAAA-AAAA" })).state, "bad");
  assert.equal((await own({ position: 8, choices: ["orchard"], marks: [] })).state, "bad");
  assert.equal((await own({ position: 8, voter: open.poll_id })).state, "bad");
  const replacedOne = await own({ position: 7 });
  assert.deepEqual([replacedOne.say, replacedOne.values.next], ["replaced", 9]);
  assert.equal((await own({ position: 10 })).say, "withdrawn");
  assert.equal((await own({ position: 11, choices: null })).say, "withdrawal");
  assert.equal((await own({ position: 9, choices: null })).state, "bad");
  for (const position of [1, 12, 99]) assert.equal((await own({ position })).state, "bad");
  assert.equal((await own(null)).say, "nobody");
});

test("a vote for its group alone: without the key the log is checked, and nothing is said of the result", async () => {
  const group = honest.find(({ name }) => name === "group");
  const { state, of, rules } = await counted(group, { key: null });
  assert.deepEqual([state, rules, of("log").state, of("count").say], ["shut", [], "ok", "shut"]);
  assert.equal((await counted(group, { key: "0".repeat(64) })).state, "broken");
});

test("delegations that a group keeps to itself: a member recounts them, a stranger is told what could not be", async () => {
  const kept = honest.find(({ name }) => name === "kept");
  const member = await counted(kept);
  assert.deepEqual([member.state, member.of("delegations").values.n, member.of("count").values.ballots], ["right", 1, 3]);
  const stranger = await counted(kept, { groupKey: null });
  assert.deepEqual([stranger.state, stranger.rules], ["sealed", []]);
  assert.deepEqual([stranger.of("delegations").say, stranger.of("count").say, stranger.of("ballots").say], ["sealed", "sealed", "ok"]);
  const other = await counted(kept, { groupKey: "0".repeat(64) });
  assert.equal(other.state, "broken");
  assert.ok(other.rules.includes("sealed"));
});

test("a poll that the log does not know", async () => {
  const { state, of } = await counted({ ...open, poll_id: honest[1].poll_id.replace(/^./, "0") });
  assert.deepEqual([state, of("text").differences[0].rule], ["broken", "no-poll"]);
});

test("a log that was kept is counted without any network", async () => {
  for (const vote of honest) {
    const bytes = new Uint8Array(readFileSync(`${MADE}/${vote.name}.zip`));
    const { state } = await counted(vote, { source: await Kept.of(bytes) });
    assert.equal(state, "right");
  }
});

test("what this device keeps can be read again", async () => {
  const source = new Remembering(new Folder(open.folder));
  await counted(open, { source });
  const blob = source.bundle({ pollId: open.poll_id, url: "https://node.example", shownText: "{}" });
  const kept = await Kept.of(new Uint8Array(await blob.arrayBuffer()));
  assert.equal((await counted(open, { source: kept })).state, "right");
  assert.equal(new TextDecoder().decode(await kept.read("result.json")), "{}");
});

test("a file that is no archive, or a damaged one, says nothing of the result", async () => {
  const whole = new Uint8Array(readFileSync(`${MADE}/open.zip`));
  await assert.rejects(Kept.of(utf8("hello")), Unreadable);
  await assert.rejects(Kept.of(whole.subarray(500)), Unreadable);
  const kept = await Kept.of(whole.map((byte, at) => (at > 2000 && at < 2100 ? byte ^ 255 : byte)));
  await assert.rejects(counted(open, { source: kept }), Unreadable);
  await assert.rejects(counted(open, { source: await Kept.of(new Uint8Array(await archive([]).arrayBuffer())) }), Unreadable);
});

test("a line that breaks is not a result that is wrong; what is busy is asked again", async (t) => {
  const answers = [];
  t.mock.method(globalThis, "fetch", async () => answers.shift()());
  const base = "https://node.example/log/governance/";
  answers.push(() => new Response("", { status: 503 }), () => new Response("hello"));
  assert.equal(new TextDecoder().decode(await new Served(base).read("key")), "hello");
  answers.push(() => new Response("", { status: 404 }));
  assert.equal(await new Served(base).read("key"), null);
  answers.push(() => new Response("", { status: 500 }));
  await assert.rejects(new Served(base).read("key"), Unreadable);
});

test("a result that is not sealed yet is waited for, and then says nothing", async () => {
  await assert.rejects(counted(open, { atLeast: 20 }), Unreadable);
});
