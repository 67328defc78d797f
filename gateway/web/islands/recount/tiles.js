// The tree and its tiles (docs/AUDIT.md, "The seal"; C2SP tlog-tiles; RFC 6962, 2.1).

import { same } from "./bytes.js";
import { sha256 } from "./sha.js";

const WIDTH = 256;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry) => sha256(LEAF, entry);
const nodeHash = (left, right) => sha256(NODE, left, right);

/** Returns the root over leaves or over roots of full tiles; an unpaired last one is promoted as it is. */
export function rootOver(hashes) {
  if (!hashes.length) return sha256();
  let level = hashes;
  while (level.length > 1) {
    const above = [];
    for (let place = 0; place + 1 < level.length; place += 2) above.push(nodeHash(level[place], level[place + 1]));
    if (level.length % 2) above.push(level.at(-1));
    level = above;
  }
  return level[0];
}

/** Returns the tiles of a level, or of `entries`, that a tree has: `{ path, full, index, width }`. */
export function tilesOf(level, count) {
  const tiles = [];
  for (let index = 0; index * WIDTH < count; index += 1) {
    const width = Math.min(WIDTH, count - index * WIDTH);
    const full = `tile/${level}/${number(index)}`;
    tiles.push({ path: width < WIDTH ? `${full}.p/${width}` : full, full, index, width });
  }
  return tiles;
}

function number(index) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g);
  return groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/");
}

/** Returns the entries of a bundle, or null where it is none of so many. */
export function unpack(bundle, width) {
  const entries = [];
  let at = 0;
  while (at + 2 <= bundle.length && entries.length < width) {
    const end = at + 2 + ((bundle[at] << 8) | bundle[at + 1]);
    if (end > bundle.length) return null;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries.length === width ? { entries, isWhole: at === bundle.length } : null;
}

/** A tile that is not served at all although the checkpoint implies it. */
export class MissingTile extends Error {}

/** Returns a tile's bytes, and whether they are of the full one that has taken the place of a partial one. */
export async function readTile(source, { path, full }) {
  const bytes = await source.read(path);
  if (bytes) return { bytes, isFuller: false };
  const fuller = full === path ? null : await source.read(full);
  if (!fuller) throw new MissingTile(path);
  return { bytes: fuller, isFuller: true };
}

/** Yields the entries of a log of `size`, bundle by bundle, each as `{ entries, path, isWhole }`; some are fetched ahead. */
export async function* bundles(source, size) {
  for await (const [tile, { bytes, isFuller }] of ahead(source, tilesOf("entries", size))) {
    const found = unpack(bytes, tile.width);
    if (!found) throw new MissingTile(tile.path);
    yield { entries: found.entries, path: tile.path, isWhole: found.isWhole || isFuller };
  }
}

/** Yields the path of every tile of hashes that is not, byte for byte, what the leaves give; `onTile` hears of each. */
export async function* wrongTiles(source, leaves, onTile) {
  let hashes = leaves;
  for (let level = 0; hashes.length; level += 1) {
    const above = [];
    for await (const [tile, { bytes, isFuller }] of ahead(source, tilesOf(level, hashes.length))) {
      const made = hashes.slice(tile.index * WIDTH, tile.index * WIDTH + tile.width);
      const served = isFuller ? bytes.subarray(0, tile.width * 32) : bytes;
      const isRight = served.length === tile.width * 32 && made.every((hash, place) => same(hash, served.subarray(place * 32, place * 32 + 32)));
      if (!isRight) yield tile.path;
      if (tile.width === WIDTH) above.push(rootOver(made));
      onTile();
    }
    hashes = above;
  }
}

async function* ahead(source, tiles) {
  const coming = [];
  let next = 0;
  while (coming.length || next < tiles.length) {
    while (coming.length < source.atOnce && next < tiles.length) {
      const read = readTile(source, tiles[next]);
      read.catch(() => {}); // told where it is awaited
      coming.push([tiles[next], read]);
      next += 1;
    }
    const [tile, read] = coming.shift();
    yield [tile, await read];
  }
}
