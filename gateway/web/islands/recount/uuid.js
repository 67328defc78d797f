// Addresses that anyone can compute (RFC 9562, version 5).

import { hex, utf8, uuidBytes } from "./bytes.js";
import { sha1 } from "./sha.js";

/** Returns the UUID that `name` has within another one. */
export function uuid5(space, name) {
  const bytes = sha1(uuidBytes(space), utf8(name)).subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
