// What the recount is made of, against what Node.js has of its own.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { test } from "node:test";

import { compare, fromBase64, fromHex, hex, toBase64 } from "../../../../gateway/web/islands/recount/bytes.js";
import { verify, verifyByHand } from "../../../../gateway/web/islands/recount/ed25519.js";
import { canonical, parse } from "../../../../gateway/web/islands/recount/json.js";
import { sha1, sha256 } from "../../../../gateway/web/islands/recount/sha.js";
import { uuid5 } from "../../../../gateway/web/islands/recount/uuid.js";

const own = (name, bytes) => createHash(name).update(bytes).digest("hex");

test("SHA-256 and SHA-1 of every length around a block", () => {
  for (let length = 0; length <= 200; length += 1) {
    const bytes = new Uint8Array(randomBytes(length));
    assert.equal(hex(sha256(bytes)), own("sha256", bytes));
    assert.equal(hex(sha1(bytes)), own("sha1", bytes));
  }
});

test("SHA-256 of parts is that of the whole", () => {
  for (let times = 0; times < 200; times += 1) {
    const bytes = new Uint8Array(randomBytes(300));
    const [one, two] = [Math.random() * 300, Math.random() * 300].sort((a, b) => a - b);
    assert.equal(hex(sha256(bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two))), own("sha256", bytes));
  }
});

// A browser without Ed25519 is one whose crypto refuses to know it.
const WITHOUT = { importKey: () => Promise.reject(Object.assign(new Error(), { name: "NotSupportedError" })) };

test("Ed25519, the browser’s and by hand, believes the same signatures", async () => {
  for (let times = 0; times < 10; times += 1) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = fromBase64(Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url").toString("base64"));
    const message = new Uint8Array(randomBytes(times * 13));
    const signature = new Uint8Array(sign(null, message, privateKey));
    const flipped = (bytes, place) => bytes.map((byte, at) => (at === place ? byte ^ 1 : byte));
    for (const believes of [verify, verifyByHand, (...all) => verify(...all, WITHOUT)]) {
      assert.equal(await believes(key, signature, message), true);
      assert.equal(await believes(key, flipped(signature, times), message), false);
      assert.equal(await believes(key, flipped(signature, 32 + times), message), false);
      assert.equal(await believes(flipped(key, 5), signature, message), false);
      assert.equal(await believes(key, signature, Uint8Array.of(...message, 0)), false);
      assert.equal(await believes(key, signature.subarray(1), message), false);
    }
  }
});

test("Ed25519 by hand takes no signature that was made larger by the order of the group", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = new Uint8Array(Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url"));
  const signature = new Uint8Array(sign(null, Uint8Array.of(1), privateKey));
  let s = 2n ** 252n + 27742317777372353535851937790883648493n;
  for (let place = 31; place >= 0; place -= 1) s += BigInt(signature[32 + place]) << BigInt(8 * place);
  const larger = signature.slice();
  for (let place = 0; place < 32; place += 1) larger[32 + place] = Number((s >> BigInt(8 * place)) & 255n);
  assert.equal(await verifyByHand(key, larger, Uint8Array.of(1)), false);
});

test("base64 and hexadecimal in their one form", () => {
  for (let length = 0; length < 50; length += 1) {
    const bytes = new Uint8Array(randomBytes(length));
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
    assert.equal(compare(fromBase64(toBase64(bytes)), bytes), 0);
    assert.equal(compare(fromHex(hex(bytes)), bytes), 0);
  }
  for (const wrong of ["a", "ab==c", "AB==", "A A=", "!!!!", "AAA"]) assert.equal(fromBase64(wrong), null, wrong);
});

test("whole numbers of any size are read and written to the last digit", () => {
  const said = '{"a":[9007199254740993,-123456789012345678901234,5],"b":"9007199254740993 \\" 12345678901234567","z":null}';
  assert.equal(canonical(parse(said)), said);
  assert.equal(parse(said).a[2], 5);
});

test("canonical JSON sorts its keys by code point", () => {
  assert.equal(canonical({ "\u{1f33b}": 1, "\uffff": 2, b: undefined, a: true }), '{"a":true,"\uffff":2,"\u{1f33b}":1}');
});

test("addresses are those of RFC 9562", () => {
  assert.equal(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
});
