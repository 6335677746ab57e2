// Assertions and waiting, for Node and for pages alike.

export class Failure extends Error {}

export function check(condition, message) {
  if (!condition) throw new Failure(message);
}

const isBinary = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

function hex(value) {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

// A comparable form: binary of every kind (Buffer, ArrayBuffer, views) is the same when its bytes are.
function plain(value) {
  if (isBinary(value)) return { "binary of": hex(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return { date: value.getTime() };
  if (value === null || typeof value !== "object") return value === undefined ? null : value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, plain(value[key])]));
}

const shorten = (text) => (text.length > 300 ? text.slice(0, 300) + `… (${text.length})` : text);

export function equal(actual, expected, what = "value") {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(plain(value)));
  check(found === wanted, `${what}: expected ${shorten(wanted)}, found ${shorten(found)}`);
}

// Fails with `what` if the promise takes longer than `ms`; every wait of a scenario is bounded this way.
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure(`nothing after ${ms} ms: ${what}`)), ms);
    timer.unref?.(); // a wait that lost a race does not keep the program
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Asks again and again until the answer is true.
export async function until(what, condition, ms = 20_000) {
  const end = Date.now() + ms;
  while (!(await condition())) {
    check(Date.now() < end, `never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
