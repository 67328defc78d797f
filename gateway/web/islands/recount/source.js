// Where a log is read from: a node, or a file that somebody kept (`plaanet export`).

const AGAIN = new Set([429, 502, 503, 504]);
const TRIES_MAX = 6;

/** What could not be read; it says nothing of what would have stood there. */
export class Unreadable extends Error {}

/** A log as a node serves it below `base`. */
export class Served {
  atOnce = 6;
  isKept = false;

  constructor(base) {
    this.base = base;
  }

  /** Returns the file's bytes, or null where there is none; throws `Unreadable`. */
  async read(path) {
    for (let tries = 1; ; tries += 1) {
      let response;
      try {
        response = await fetch(new URL(path, this.base), { credentials: "omit", cache: path.startsWith("tile/") ? "default" : "no-store" });
        if (response.ok) return new Uint8Array(await response.arrayBuffer());
      } catch (fault) {
        if (tries === TRIES_MAX) throw new Unreadable(String(fault));
      }
      if (response?.status === 404) return null;
      if (tries === TRIES_MAX || (response && !AGAIN.has(response.status))) throw new Unreadable(`${path}: ${response?.status}`);
      const seconds = Number(response?.headers.get("Retry-After")) || 2 ** tries / 8;
      await new Promise((go) => setTimeout(go, Math.min(seconds, 10) * 1000));
    }
  }
}

/** The files of a zip archive. */
export class Kept {
  atOnce = 1;
  isKept = true;

  constructor(files) {
    this.files = files;
  }

  /** Returns the log that an archive's bytes hold; throws `Unreadable`. */
  static async of(bytes) {
    return new Kept(await directory(bytes));
  }

  /** Returns the file's bytes, or null where there is none; throws `Unreadable`. */
  async read(path) {
    const file = this.files.get(path);
    return file ? inflated(file) : null;
  }
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;

// Returns what an archive says of its files, from its directory at the end (PKWARE's APPNOTE, 4.3).
async function directory(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Unreadable("no zip archive");
  const files = new Map();
  try {
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
      if (view.getUint32(at, true) !== ENTRY) throw new RangeError("no entry");
      const [method, packed, size] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
      const [nameLength, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
      const local = view.getUint32(at + 42, true);
      if (view.getUint32(local, true) !== LOCAL) throw new RangeError("no local entry");
      const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
      files.set(name, { method, size, data: bytes.subarray(begin, begin + packed) });
      at += 46 + nameLength + extra + comment;
    }
  } catch (fault) {
    if (fault instanceof RangeError) throw new Unreadable("the archive is damaged");
    throw fault;
  }
  return files;
}

async function inflated({ method, size, data }) {
  if (method === 0) return data;
  if (method !== 8) throw new Unreadable("packed in a way that is not known here");
  try {
    const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    if (bytes.length === size) return bytes;
  } catch {
    // told below
  }
  throw new Unreadable("the archive is damaged");
}
