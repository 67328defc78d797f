// Entries that not everybody may read (docs/AUDIT.md, "What not everybody may read").

import { fromBase64, text, utf8 } from "./bytes.js";
import { parse } from "./json.js";

const NONCE_BYTES = 12;

export const isSealed = ({ data }) => typeof data.sealed === "string" && typeof data.key_id === "string";

/** Returns what opens entries with a key of 32 bytes: from an entry to its data, or to null where the key does not fit. */
export async function opener(key) {
  const own = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  return async ({ name, aggregate_id: address, version, data: { sealed } }) => {
    const raw = fromBase64(sealed);
    if (!raw) return null;
    const additionalData = utf8(`${name}|${address}|${version}`);
    const how = { name: "AES-GCM", iv: raw.subarray(0, NONCE_BYTES), additionalData };
    try {
      return parse(text(new Uint8Array(await crypto.subtle.decrypt(how, own, raw.subarray(NONCE_BYTES)))));
    } catch {
      return null;
    }
  };
}
