// A vote counted again from its public log: the signatures, the tree, the ballots, the count.

import { compare, fromHex, hex } from "./bytes.js";
import * as checks from "./checks.js";
import { Entries } from "./entries.js";
import { BadNote, isLog, isWitness, parseCheckpoint, parseKeys, parseNote, signers } from "./note.js";
import { replay } from "./replay.js";
import { Unreadable } from "./source.js";
import { bundles, leafHash, MissingTile, rootOver, wrongTiles } from "./tiles.js";

const SEALED_TRIES_MAX = 10;

/**
 * Counts a poll again and tells, one after another, what each check found: `tell({ check })`, `tell({ done, of })`.
 *
 * `source` is where the log is read from (source.js). `key` opens a poll that not everybody may read, `groupKey` the
 * delegations and texts that its group keeps to itself, `shown` is the result that the node shows, `mine` one’s own ballot, `known` a checkpoint that was seen before, `atLeast` the position
 * that the log must reach, `now` the time in milliseconds. Returns `{ state, size, checkpoint }`: `right`, `broken`,
 * `shut`, or `sealed` where the count needs delegations that cannot be read. Throws `Unreadable` where the log cannot be read, which says nothing of the result.
 */
export async function recount({ pollId, source, key, groupKey, shown, mine, known, atLeast = 0, now = Date.now() }, tell) {
  const found = [];
  const say = (check) => {
    found.push(check);
    tell({ check });
  };
  const sealed = await seal(source, atLeast);
  if (!sealed.checkpoint) {
    say(broken(sealed.rule));
    return { state: "broken", size: 0, checkpoint: null };
  }
  const { checkpoint, differences } = sealed;
  const all = await readAll(pollId, source, checkpoint, tell);
  const rootAt = (position) => rootOver(all.leaves.slice(0, position));
  differences.push(...all.differences, ...(await compared(source, checkpoint, all, tell)));
  const before = known && { ...known, root: fromHex(known.root) };
  const rule = all.leaves.length === checkpoint.size && checks.since(before, checkpoint, rootAt);
  if (rule) differences.push({ check: "log", rule, position: 0 });
  say(checks.log(differences, checkpoint));
  say(checks.witnesses({ keys: sealed.witnesses, signed: sealed.signed, isKept: source.isKept, now, differences }));
  if (all.isWhole) {
    const book = await replay(pollId, all.entries.found, { key, groupKey, rootAt });
    for (const check of checks.ofPoll(book, differences, { shown, mine, leaves: all.leaves })) say(check);
  }
  return {
    state: stateOf(found),
    size: checkpoint.size,
    checkpoint: { origin: checkpoint.origin, size: checkpoint.size, root: hex(checkpoint.root) },
    note: sealed.note,
  };
}

function stateOf(found) {
  if (found.some(({ state }) => state === "bad")) return "broken";
  if (found.some(({ say }) => say === "shut")) return "shut";
  return found.some(({ id, say }) => id === "count" && say === "sealed") ? "sealed" : "right";
}

const broken = (rule) => ({ id: "log", state: "bad", say: "bad", values: {}, differences: [{ check: "log", rule, position: 0 }] });

// The newest checkpoint that reaches a position, and who has signed it.
async function seal(source, atLeast) {
  const keyFile = await needed(source, "key");
  for (let tries = 1; ; tries += 1) {
    const bytes = await needed(source, "checkpoint");
    const sealed = await opened(bytes, keyFile);
    if (!sealed.checkpoint || sealed.checkpoint.size >= atLeast) return sealed;
    if (source.isKept || tries === SEALED_TRIES_MAX) throw new Unreadable("not sealed yet");
    await new Promise((go) => setTimeout(go, 1000));
  }
}

async function needed(source, path) {
  const bytes = await source.read(path);
  if (!bytes) throw new Unreadable(`there is no ${path}`);
  return bytes;
}

async function opened(bytes, keyFile) {
  try {
    const note = parseNote(bytes);
    const checkpoint = parseCheckpoint(note.text);
    const keys = parseKeys(keyFile);
    const { signed, forged } = await signers(note, keys);
    const differences = forged.map(({ key }) => ({ check: isWitness(key) ? "witnesses" : "log", rule: "checkpoint", position: 0 }));
    const isSigned = signed.some(({ key }) => isLog(key) && key.name === checkpoint.origin);
    if (!isSigned) differences.push({ check: "log", rule: "key", position: 0 });
    const witnesses = keys.filter(isWitness);
    return { checkpoint, differences, witnesses, signed: signed.filter(({ key }) => isWitness(key)), note: new TextDecoder().decode(bytes) };
  } catch (fault) {
    if (fault instanceof BadNote || fault instanceof TypeError) return { checkpoint: null, rule: "checkpoint" };
    throw fault;
  }
}

async function readAll(pollId, source, { size }, tell) {
  const all = { entries: new Entries(pollId), leaves: [], differences: [], isWhole: true };
  try {
    for await (const { entries, isWhole } of bundles(source, size)) {
      if (!isWhole) all.differences.push({ check: "log", rule: "tile", position: all.leaves.length + 1 });
      for (const entry of entries) {
        all.leaves.push(leafHash(entry));
        all.entries.take(all.leaves.length, entry);
      }
      tell({ done: all.leaves.length, of: size });
    }
  } catch (fault) {
    if (!(fault instanceof MissingTile)) throw fault;
    all.isWhole = false;
    all.differences.push({ check: "log", rule: "tile", position: all.leaves.length + 1 });
  }
  all.differences.push(...all.entries.differences);
  return all;
}

// The root that all entries give together, and every tile, byte for byte.
async function compared(source, { root }, { leaves, isWhole }, tell) {
  const differences = [];
  if (!isWhole) return differences;
  if (compare(rootOver(leaves), root)) differences.push({ check: "log", rule: "root", position: 0 });
  const tiles = wrongTiles(source, leaves, () => tell({ done: leaves.length, of: leaves.length }));
  try {
    for await (const _path of tiles) differences.push({ check: "log", rule: "tile", position: 0 });
  } catch (fault) {
    if (!(fault instanceof MissingTile)) throw fault;
    differences.push({ check: "log", rule: "tile", position: 0 });
  }
  return differences;
}
