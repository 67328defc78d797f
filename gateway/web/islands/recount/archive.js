// A log to keep: the files that were read, in one zip archive that `plaanet audit` and this page read without a network.

import { concat, utf8 } from "./bytes.js";

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = CRC[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** Returns an archive of files, `[path, bytes]` each, as it is (PKWARE's APPNOTE, stored). */
export function archive(files) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const [path, bytes] of files) {
    const name = utf8(path);
    const about = fields([[20, 2], [0x800, 2], [0, 2], [0, 2], [0x21, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [name.length, 2]]);
    const local = concat(fields([[0x04034b50, 4]]), about, fields([[0, 2]]), name, bytes);
    directory.push(concat(fields([[0x02014b50, 4], [20, 2]]), about, fields([[0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]]), name));
    parts.push(local);
    at += local.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = fields([[0x06054b50, 4], [0, 2], [0, 2], [directory.length, 2], [directory.length, 2], [length, 4], [at, 4], [0, 2]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

// Numbers with the least byte first.
function fields(pairs) {
  const bytes = new Uint8Array(pairs.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of pairs) for (let place = 0; place < size; place += 1) bytes[at++] = (value / 2 ** (8 * place)) & 0xff;
  return bytes;
}

/** A source that remembers what was read from another. */
export class Remembering {
  files = new Map();

  constructor(source) {
    this.source = source;
    this.atOnce = source.atOnce;
    this.isKept = source.isKept;
  }

  async read(path) {
    const bytes = await this.source.read(path);
    if (bytes) this.files.set(path, bytes);
    return bytes;
  }

  /** Returns the archive of it, with what `plaanet export` adds: which poll, its result as shown, whom it names. */
  bundle({ pollId, url, shownText }) {
    const about = JSON.stringify({ poll_id: pollId, url, exported_at: new Date().toISOString() });
    const keys = new TextDecoder().decode(this.files.get("key")).split("\n").filter(Boolean);
    const policy = keys.map((key, place) => (place ? `witness ${key.split("+")[0]} ${key}` : `log ${key}`));
    const more = [["export.json", about], ["policy", `${[...policy, "quorum none"].join("\n")}\n`]];
    if (shownText) more.push(["result.json", shownText]);
    return archive([...more.map(([path, said]) => [path, utf8(said)]), ...this.files]);
  }
}
