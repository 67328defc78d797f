// Addresses that anyone can compute (RFC 9562, version 5).

import { hex, utf8, uuidBytes } from "./bytes.js";
import { sha1 } from "./sha.js";

let last = { space: null, bytes: null }; // nearly all names are within one poll

/** Returns the UUID that `name` has within another one. */
export function uuid5(space, name) {
  if (last.space !== space) last = { space, bytes: uuidBytes(space) };
  const bytes = sha1(last.bytes, utf8(name)).subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = hex(bytes);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}
