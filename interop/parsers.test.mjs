// MessagePack as socket.io-msgpack-parser packs it, to Kedge and to the reference: what comes back is the same, but for
// what docs/migrating-from-node.md tells.
import { after, before, describe, test } from "node:test";
import { createRequire } from "node:module";
import { inspect, isDeepStrictEqual as same } from "node:util";
import WebSocket from "ws";
import { check, equal, until } from "./lib/check.mjs";
import { targetByName } from "./lib/targets.mjs";

const require = createRequire(import.meta.url);
const packer = createRequire(require.resolve("socket.io-msgpack-parser"))("notepack.io");
const { io } = require("socket.io-client");
const parser = require("socket.io-msgpack-parser");
const show = (value) => inspect(value, { breakLength: Infinity }).slice(0, 100);

/** A client by hand. */
class Wire {
  arrived = [];
  closed = false;

  static async enter(program) {
    const wire = new Wire();
    wire.socket = new WebSocket(`ws://127.0.0.1:${program.port}/socket.io/?EIO=4&transport=websocket`);
    wire.socket.on("message", (data, binary) => wire.arrived.push(binary ? packer.decode(data) : String(data)));
    wire.socket.on("close", () => (wire.closed = true));
    await until("the session is open", () => wire.arrived.length);
    wire.pack({ type: 0, nsp: "/" });
    await wire.event("auth");
    return wire;
  }

  pack(packet) {
    this.socket.send(packer.encode(packet));
  }
  packet(matches) {
    const found = () => this.arrived.findIndex((each) => typeof each === "object" && matches(each));
    return until("a packet", () => found() >= 0 || this.closed).then(() => this.arrived.splice(found(), found() < 0 ? 0 : 1)[0]);
  }
  event(name) {
    return this.packet(({ type, data }) => type === 2 && data[0] === name);
  }
  answer(id) {
    return this.packet((each) => each.type === 3 && each.id === id);
  }
  end() {
    return until("the end", () => this.closed);
  }
}

/** What Kedge makes of what JavaScript holds: what JSON would have carried, and binary. */
function carried(value) {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(carried);
  if (value === null || typeof value !== "object" || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, carried(each)]])));
}

const entries = (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
const edges = [7, 8, 15, 16, 31, 32, 53].map((bits) => 2 ** bits);
const values = {
  integers: [0, -0, -32, -33, ...edges.flatMap((edge) => [edge - 1, edge, -edge, -edge - 1]), 2 ** 63, 1e21, 1e300],
  "numbers that are none of these": [1.5, -1.5, 5e-324, NaN, Infinity, -Infinity],
  constants: [null, true, false],
  undefined: [undefined, [undefined, [undefined]], { a: undefined, b: { c: undefined, d: [undefined] } }],
  dates: [new Date(0), new Date(-1), new Date("2026-01-01"), new Date(8.64e15), { at: [new Date(5)] }],
  binary: [Buffer.from([1, 2, 3]), Buffer.alloc(0), Buffer.alloc(300, 7), Buffer.alloc(70_000, 9), new Uint8Array([4, 5]).buffer, new Uint16Array([4, 5])],
  strings: ["", "é 😀", ...[31, 32, 255, 256, 65535, 65536].flatMap((length) => ["x".repeat(length), "é".repeat(length / 2)])],
  arrays: [[], Array(15).fill(1), Array(16).fill(1), Array(65_536).fill(0)],
  maps: [{}, entries(15), entries(16), entries(65_536)],
};

const forms = {
  "extensions of other types": ["d405aa", "d5010102", "d60001020304", "d6ff01020304", "d7010102030405060708", "d801" + "01".repeat(16), "c70207aabb", "c70cff" + "00".repeat(12), "c8000201aabb", "c90000000201aabb"],
  "extensions that are binary": ["c70200aabb", "c800020001ff", "c9000000020001ff"],
  "longer forms than need be": ["cd0005", "ce00000005", "cf0000000000000005", "d3ffffffffffffffff", "db0000000161", "dd0000000101", "df00000000", "c60000000101", "ca3fc00000", "ca7fc00000"],
  "64 bits": ["d38000000000000000", "cf8000000000000000", "cf0020000000000000", "d3ffe0000000000000"],
  "keys that are numbers, and twice": ["810102", "81cb3ff800000000000002", "82a16101a16102"],
  "text that is not UTF-8": ["a2ffc3", "a2c080", "a3eda080", "81a1ff01", "a4f09f9861"],
};

const name = "message-with-ack";
const packed = (packet) => packer.encode(packet).toString("hex");
const event = (more) => packed({ type: 2, nsp: "/", data: ["x"], ...more });
const refused = {
  nothing: "", "no map": "c0", "a number": "05", "more than one value": event() + "00", "half a string": "a561",
  "no code": "c1", "an array too long": "ddffffffff", "a map too long": "dfffffffff", "a string too long": "dbffffffff61",
  "type 5": event({ type: 5 }), "type 1.5": event({ type: 1.5 }), "a type that is text": event({ type: "2" }),
  "no namespace": packed({ type: 2, data: ["x"] }), "a namespace that is a number": event({ nsp: 1 }),
  "an event that is a map": event({ data: { a: 1 } }), "an event without data": packed({ type: 2, nsp: "/" }),
  "an answer without data": packed({ type: 3, nsp: "/", id: 0 }), "a DISCONNECT with data": event({ type: 1, data: null }),
  "a CONNECT with an array": event({ type: 0, nsp: "/custom", data: [] }), "a CONNECT with null": event({ type: 0, nsp: "/custom", data: null }),
  "an id that is text": event({ id: "1" }), "an id that is null": event({ id: null }), "an id of 1.5": event({ id: 1.5 }),
  "an error of a client": event({ type: 4, data: "x" }), "a namespace that was not joined": event({ nsp: "/custom" }),
};

describe("MessagePack", () => {
  const up = {};
  before(async () => {
    for (const name of ["kedge", "reference"]) up[name] = await targetByName(name).app(["--port", "0", "--parser", "msgpack"]);
  });
  after(async () => {
    for (const name of ["kedge", "reference"]) equal(await up[name].stop(), 0, `exit status of ${name}`);
  });
  const onBoth = (ask) => Promise.all(["kedge", "reference"].map(async (name) => ask(await Wire.enter(up[name]))));

  for (const [title, list] of Object.entries(values)) {
    test(title, async () => {
      const [ours, theirs] = await onBoth(async (wire) => {
        list.forEach((value, id) => wire.pack({ type: 2, nsp: "/", data: [name, value], id, options: { compress: true } }));
        const answers = [];
        for (const id of list.keys()) answers.push((await wire.answer(id))?.data);
        wire.socket.close();
        return answers;
      });
      for (const [i, value] of list.entries()) {
        check(same(ours[i], carried(theirs[i])), `${title}, ${i}: ${show(value)} came back as ${show(ours[i])}`);
      }
    });
  }
  for (const [title, list] of Object.entries(forms)) {
    test(title, async () => {
      const [ours, theirs] = await onBoth(async (wire) => {
        const answers = [];
        for (const [id, form] of list.entries()) {
          const head = packed({ type: 2, nsp: "/", id, data: [name, 0] }).slice(0, -2);
          check(head.endsWith(Buffer.from(name).toString("hex")), "the value comes last");
          wire.socket.send(Buffer.from(head + form, "hex"));
          answers.push((await wire.answer(id))?.data);
        }
        wire.socket.close();
        return answers;
      });
      for (const [i, form] of list.entries()) check(same(ours[i], carried(theirs[i])), `${form}: ${show(ours[i])} for ${show(theirs[i])}`);
    });
  }
  for (const [title, bytes] of Object.entries(refused)) {
    test(`refused: ${title}`, async () => {
      const [ours, theirs] = await onBoth((wire) => endOf(wire, () => wire.socket.send(Buffer.from(bytes, "hex"))));
      equal(ours, theirs, "how it ends");
    });
  }
  test("refused: text", async () => {
    const [ours, theirs] = await onBoth((wire) => endOf(wire, () => wire.socket.send('42["x"]')));
    equal(ours, theirs, "how it ends");
  });

  // The watcher is an official client, which must not stumble over what it is sent.
  async function endOf(wire, act) {
    const { port } = new URL(wire.socket.url);
    const watcher = io(`http://127.0.0.1:${port}`, { parser, forceNew: true, transports: ["websocket"] });
    const who = Math.random().toString(36);
    await new Promise((resolve) => watcher.emit("join", `watch:${who}`, resolve));
    const left = new Promise((resolve) => watcher.once("left", (_, reason) => resolve(reason)));
    wire.pack({ type: 2, nsp: "/", data: ["name", who], id: 0 });
    await wire.answer(0);
    act();
    const reason = await left;
    await wire.end();
    watcher.disconnect();
    const told = wire.arrived.some(({ type, data }) => type === 2 && data[0] === "error-seen");
    return { reason, told };
  }
});
