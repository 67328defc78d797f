// JSON whose whole numbers may be of any size, and its one canonical form.

const BIG = "\u0000whole ";

/** Returns what a text in JSON says; whole numbers that a Number cannot hold are BigInts. */
export function parse(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}/g, (found) =>
    found[0] === '"' ? found : JSON.stringify(BIG + found),
  );
  return JSON.parse(marked, (_, value) =>
    typeof value === "string" && value.startsWith(BIG) ? plain(BigInt(value.slice(BIG.length))) : value,
  );
}

/** Returns a whole number as a Number where that is exact, else as it is. */
export const plain = (whole) =>
  typeof whole === "bigint" && whole <= Number.MAX_SAFE_INTEGER && whole >= Number.MIN_SAFE_INTEGER
    ? Number(whole)
    : whole;

/** Returns the text that anyone would write who had to say the same: keys sorted by code point, no white space. */
export function canonical(value) {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  let said = "";
  for (const key of sorted(Object.keys(value))) {
    if (value[key] !== undefined) said += `${said && ","}${JSON.stringify(key)}:${canonical(value[key])}`;
  }
  return `{${said}}`;
}

// A script sorts by halves of what is beyond 16 bits; that is another order for the few keys that have such signs.
const sorted = (keys) => (keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort(byCodePoint) : keys.sort());

function byCodePoint(one, other) {
  const [ones, others] = [[...one], [...other]];
  for (let place = 0; place < Math.min(ones.length, others.length); place += 1) {
    const apart = ones[place].codePointAt(0) - others[place].codePointAt(0);
    if (apart) return apart;
  }
  return ones.length - others.length;
}
