// Bytes and their texts.

const TEXT = new TextEncoder();
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Returns the UTF-8 of a text. */
export const utf8 = (text) => TEXT.encode(text);

/** Returns the text that UTF-8 bytes are; throws a TypeError where they are none. */
export const text = (bytes) => STRICT.decode(bytes);

export function hex(bytes) {
  let digits = "";
  for (const byte of bytes) digits += HEX[byte];
  return digits;
}

export function fromHex(digits) {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let place = 0; place < bytes.length; place += 1) bytes[place] = parseInt(digits.slice(2 * place, 2 * place + 2), 16);
  return bytes;
}

/** Returns the bytes of standard base64, or null where it is none. */
export function fromBase64(encoded) {
  if (encoded.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return null;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return toBase64(bytes) === encoded ? bytes : null;
}

export function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Compares bytes as numbers of the greatest first: below 0, 0 or above 0. */
export function compare(one, other) {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place += 1) {
    if (one[place] !== other[place]) return one[place] - other[place];
  }
  return one.length - other.length;
}

export const same = (one, other) => one.length === other.length && compare(one, other) === 0;

/** Returns the 16 bytes of a UUID in text. */
export const uuidBytes = (uuid) => fromHex(uuid.replaceAll("-", ""));
