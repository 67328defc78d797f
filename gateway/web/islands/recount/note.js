// Signed notes, checkpoints and cosignatures (docs/AUDIT.md, "The seal"; C2SP signed-note, tlog-cosignature).

import { concat, fromBase64, hex, same, text, utf8 } from "./bytes.js";
import { verify } from "./ed25519.js";
import { sha256 } from "./sha.js";

const LOG = 1;
const WITNESS = 4;

/** What is served is no note, no checkpoint or no key. */
export class BadNote extends Error {}

/** Returns the text of a note and its signature lines; throws `BadNote`. */
export function parseNote(bytes) {
  let whole;
  try {
    whole = text(bytes);
  } catch {
    throw new BadNote("no UTF-8");
  }
  const gap = whole.lastIndexOf("\n\n");
  if (gap < 0 || !whole.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(whole)) throw new BadNote("no note");
  const lines = whole.slice(gap + 2, -1).split("\n");
  if (lines.length > 100) throw new BadNote("too many signatures");
  return { text: whole.slice(0, gap + 1), lines: lines.map(parseLine) };
}

function parseLine(line) {
  const [dash, name, encoded, ...more] = line.split(" ");
  const signature = encoded === undefined ? null : fromBase64(encoded);
  if (dash !== "—" || !name || name.includes("+") || more.length || !signature || signature.length < 5) {
    throw new BadNote("no signature line");
  }
  return { name, keyId: signature.subarray(0, 4), signature: signature.subarray(4) };
}

/** Returns the log's name, its size and its root, which the text of a checkpoint says; throws `BadNote`. */
export function parseCheckpoint(said) {
  const [origin, size, encoded, ...rest] = said.split("\n");
  const root = encoded === undefined ? null : fromBase64(encoded);
  const isWhole = /^(0|[1-9][0-9]{0,14})$/.test(size ?? "");
  if (!origin || !isWhole || root?.length !== 32 || rest.at(-1) !== "") throw new BadNote("no checkpoint");
  return { origin, size: Number(size), root };
}

/** Returns the verifier keys in a file of them, one a line: the log's own first, then its witnesses'. */
export function parseKeys(bytes) {
  return text(bytes).split("\n").filter(Boolean).map(parseKey);
}

function parseKey(vkey) {
  const [name, keyId, ...rest] = vkey.split("+");
  const key = fromBase64(rest.join("+"));
  if (!name || !key || key.length !== 33 || ![LOG, WITNESS].includes(key[0])) throw new BadNote("no verifier key");
  const made = sha256(utf8(`${name}\n`), key).subarray(0, 4);
  if (hex(made) !== keyId) throw new BadNote("the key id is not that of the key");
  return { name, keyId: made, kind: key[0], publicKey: key.subarray(1), vkey };
}

/**
 * Returns who of `keys` signed a note, and who is named below it without having signed it.
 *
 * Each is `{ key, time }`; `time` is that of a cosignature, in seconds since 1970, else null.
 */
export async function signers(note, keys) {
  const [signed, forged] = [[], []];
  for (const line of note.lines) {
    const key = keys.find((each) => each.name === line.name && same(each.keyId, line.keyId));
    if (!key) continue;
    let [time, signature, said] = [null, line.signature, utf8(note.text)];
    if (key.kind === WITNESS) {
      if (signature.length !== 72) {
        forged.push({ key, time });
        continue;
      }
      time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
      signature = signature.subarray(8);
      said = concat(utf8(`cosignature/v1\ntime ${time}\n`), said);
      time = Number(time);
    }
    ((await verify(key.publicKey, signature, said)) ? signed : forged).push({ key, time });
  }
  return { signed, forged };
}

export const isLog = (key) => key.kind === LOG;
export const isWitness = (key) => key.kind === WITNESS;
