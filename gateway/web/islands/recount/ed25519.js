// Ed25519 (RFC 8032): the browser's own where it has it, else the same by whole numbers, slowly.

import { concat } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Returns whether `signature` is that of the holder of `key` (32 bytes) over `message`. */
export async function verify(key, signature, message, subtle = crypto.subtle) {
  if (key.length !== 32 || signature.length !== 64) return false;
  let own;
  try {
    own = await subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch (fault) {
    if (fault.name !== "NotSupportedError") return false; // it is no key
    return verifyByHand(key, signature, message);
  }
  return subtle.verify("Ed25519", own, signature, message);
}

/** Returns the same without the browser's help but for SHA-512. */
export async function verifyByHand(key, signature, message) {
  const a = decoded(key);
  const r = decoded(signature.subarray(0, 32));
  const s = number(signature.subarray(32));
  if (!a || !r || s >= L) return false;
  const digest = await crypto.subtle.digest("SHA-512", concat(signature.subarray(0, 32), key, message));
  const k = number(new Uint8Array(digest)) % L;
  return isEqual(multiplied(BASE, s), added(r, multiplied(a, k)));
}

const modulo = (a) => ((a % P) + P) % P;

function power(base, exponent) {
  let [result, factor] = [1n, base];
  for (let rest = exponent; rest; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % P;
    factor = (factor * factor) % P;
  }
  return result;
}

const D = modulo(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

// Bytes with the least first.
function number(bytes) {
  let found = 0n;
  for (let place = bytes.length - 1; place >= 0; place -= 1) found = (found << 8n) | BigInt(bytes[place]);
  return found;
}

// Points are X, Y, Z, T with x = X/Z, y = Y/Z and x·y = T/Z (RFC 8032, 5.1.4).
function point(x, y) {
  return [x, y, 1n, (x * y) % P];
}

function decoded(bytes) {
  const whole = number(bytes);
  const y = whole & (2n ** 255n - 1n);
  if (y >= P) return null;
  const u = modulo(y * y - 1n);
  const v = modulo(D * y * y + 1n);
  let x = (u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n)) % P;
  const square = (v * x * x) % P;
  if (square === modulo(-u)) x = (x * ROOT_OF_MINUS_ONE) % P;
  else if (square !== u) return null;
  const isOdd = whole >> 255n;
  if (!x && isOdd) return null;
  return point((x & 1n) === isOdd ? x : P - x, y);
}

const BASE = decoded(Uint8Array.from({ length: 32 }, (_, place) => (place ? 0x66 : 0x58)));

function added([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = modulo((y1 - x1) * (y2 - x2));
  const b = modulo((y1 + x1) * (y2 + x2));
  const c = modulo(2n * t1 * D * t2);
  const d = modulo(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
}

function multiplied(factor, times) {
  let result = [0n, 1n, 1n, 0n];
  let doubled = factor;
  for (let rest = times; rest; rest >>= 1n) {
    if (rest & 1n) result = added(result, doubled);
    doubled = added(doubled, doubled);
  }
  return result;
}

const isEqual = ([x1, y1, z1], [x2, y2, z2]) => modulo(x1 * z2 - x2 * z1) === 0n && modulo(y1 * z2 - y2 * z1) === 0n;
