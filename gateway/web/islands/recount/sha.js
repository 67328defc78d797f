// SHA-256 and SHA-1 (FIPS 180-4), at once. The browser's own are asked for one hash at a time and each answer is waited
// for, which for many short entries takes longer than the hashing.

const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number += 1) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);

// The first 32 bits behind the point of roots of the first primes, by whole numbers alone.
function fraction(prime, degree) {
  const wanted = BigInt(prime) << BigInt(32 * degree);
  let [low, high] = [0n, BigInt(prime) << 32n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(degree) <= wanted) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn) | 0;
}

const K = Int32Array.from(PRIMES, (prime) => fraction(prime, 3));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(prime, 2));
const W = new Int32Array(64);

function block256(state, bytes, at) {
  for (let i = 0; i < 16; i += 1, at += 4) {
    W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

const W1 = new Int32Array(80);
const START1 = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
const K1 = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const MIX1 = [(b, c, d) => (b & c) | (~b & d), (b, c, d) => b ^ c ^ d, (b, c, d) => (b & c) | (b & d) | (c & d)];

function block1(state, bytes, at) {
  for (let i = 0; i < 80; i += 1, at += 4) {
    const x = W1[i - 3] ^ W1[i - 8] ^ W1[i - 14] ^ W1[i - 16];
    W1[i] = i < 16 ? (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3] : (x << 1) | (x >>> 31);
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  for (let i = 0; i < 80; i += 1) {
    const part = (i / 20) | 0;
    const mixed = (((a << 5) | (a >>> 27)) + MIX1[part % 2 ? 1 : part](b, c, d) + e + K1[part] + W1[i]) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = mixed;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

const TAIL = new Uint8Array(128);
const TAIL_VIEW = new DataView(TAIL.buffer);

function digest(block, start, parts) {
  const state = start.slice();
  let held = 0;
  let length = 0;
  for (let number = 0; number < parts.length; number += 1) {
    const part = parts[number];
    length += part.length;
    let at = 0;
    while (held && held < 64 && at < part.length) TAIL[held++] = part[at++];
    if (held === 64) {
      block(state, TAIL, 0);
      held = 0;
    }
    if (held) continue; // the part did not fill a block
    for (; at + 64 <= part.length; at += 64) block(state, part, at);
    while (at < part.length) TAIL[held++] = part[at++];
  }
  TAIL[held] = 0x80;
  const size = held < 56 ? 64 : 128;
  TAIL.fill(0, held + 1, size);
  TAIL_VIEW.setUint32(size - 8, Math.floor(length / 2 ** 29));
  TAIL_VIEW.setUint32(size - 4, length * 8);
  for (let at = 0; at < size; at += 64) block(state, TAIL, at);
  const found = new Uint8Array(state.length * 4);
  for (let at = 0; at < found.length; at += 1) found[at] = state[at >> 2] >>> (24 - 8 * (at & 3));
  return found;
}

/** Returns the SHA-256 of byte arrays, one after another. */
export const sha256 = (...parts) => sha256Of(parts);

/** Returns the same of a list of them. */
export const sha256Of = (parts) => digest(block256, START, parts);

/** Returns the SHA-1 of byte arrays, one after another: names (UUIDs of version 5) are made of it, nothing is signed. */
export const sha1 = (...parts) => digest(block1, START1, parts);
