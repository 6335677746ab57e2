// Each example as its reader would try it, with the official client.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import { equal, within } from "./lib/check.mjs";
import { built, Program, root } from "./lib/programs.mjs";

const require = createRequire(import.meta.url);
const { io } = require("socket.io-client");
const patience = 20_000;

/** Clients of one example; all are gone when its tests are over. */
class Visit {
  sockets = [];

  constructor(program) {
    this.url = program.url;
  }
  open(nsp = "/", options = {}) {
    const socket = io(this.url + nsp, { forceNew: true, reconnection: false, transports: ["websocket"], ...options });
    this.sockets.push(socket);
    return socket;
  }
  async enter(nsp, options) {
    const socket = this.open(nsp, options);
    await heard(socket, "connect");
    return socket;
  }
  async refused(nsp, options) {
    return (await heard(this.open(nsp, options), "connect_error"))[0];
  }
  leave() {
    this.sockets.forEach((socket) => socket.disconnect());
  }
}

const heard = (socket, event) => within(patience, event, new Promise((resolve) => socket.once(event, (...args) => resolve(args))));
const ask = (socket, event, ...args) =>
  within(patience, `an answer to ${event}`, new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer))));
const first = async (socket, event, ...args) => (await ask(socket, event, ...args))[0];

async function acksAndCoroutines(visit) {
  const socket = await visit.enter();
  equal(await first(socket, "add", 1.5, 2), 3.5, "a result");
  equal(await ask(socket, "later", "hi"), ["you said", "hi"], "a later answer");
  socket.on("how old are you", (answer) => answer(36));
  const told = heard(socket, "told");
  socket.emit("ask me");
  equal(await told, ["you are 36"], "a callback");
  socket.on("what is your name", (answer) => answer("Ada"));
  equal(await first(socket, "greet", "Hello"), "Hello, Ada", "a coroutine");
  equal(await first(socket, "sleep", 5), "slept", "a timer");
  const silent = await visit.enter();
  for (const each of [socket, silent]) equal(await first(each, "join voters"), true, "a voter");
  socket.on("vote", (question, answer) => answer(`${question}: yes`));
  equal(await first(socket, "vote", "tea"), ["tea: yes"], "the votes that came in time");
}

async function dynamicNamespaces(visit) {
  equal((await visit.refused("/tenant-7")).message, "a key is needed", "without a key");
  equal((await visit.refused("/tenant-x", { auth: { key: "k" } })).message, "Invalid namespace", "no such namespace");
  const key = { auth: { key: "k" } };
  const seven = visit.open("/tenant-7", key);
  equal(await heard(seven, "welcome"), ["/tenant-7"], "the child's name");
  const eight = await visit.enter("/tenant-8", key);
  const [main, heardBySeven, heardByEight] = [await visit.enter(), heard(seven, "announcement"), heard(eight, "announcement")];
  main.emit("announce", "news");
  equal(await Promise.all([heardBySeven, heardByEight]), [["news"], ["news"]], "what all children hear");
  equal((await visit.refused("/document/none")).message, "Invalid namespace", "no such document");
  const poem = visit.open("/document/poem");
  equal(await heard(poem, "text"), ["Roses are red. "], "the document");
  equal(await first(poem, "append", "Violets"), 22, "its new length");
}

async function msgpack(visit) {
  const parser = require("socket.io-msgpack-parser");
  const [a, b] = [await visit.enter("/", { parser }), await visit.enter("/", { parser })];
  const others = heard(b, "reading");
  const got = await first(a, "reading", { sensor: "roof", celsius: 20, raw: Buffer.from([1, 2, 3]) });
  equal(got, { sensor: "roof", celsius: 20.5, raw: Buffer.from([1, 2, 3]) }, "a reading");
  equal(await others, [got], "what others get");
  const mixed = [null, true, -1, 2 ** 40, 0.25, "é", [[]], { a: { b: Buffer.alloc(300, 7) } }];
  equal(await ask(a, "echo", ...mixed), mixed, "an echo");
}

const token = (seconds, more = {}) => ({ sub: "ada", exp: Date.now() / 1000 + seconds, ...more });

async function authMiddleware(visit) {
  equal((await visit.refused("/")).data, { code: "invalid_token" }, "no token");
  equal((await visit.refused("/", { auth: { token: token(-1) } })).data, { code: "expired_token" }, "an old token");
  const socket = await visit.enter("/", { auth: { token: token(3600, { roles: ["reader"] }) } });
  equal(await first(socket, "whoami"), { user: "ada", roles: ["reader"] }, "who it is");
  equal(await first(socket, "renew", { ...token(9), sub: "eve" }), false, "somebody else's token");
  const short = await visit.enter("/", { auth: { token: token(3600) } });
  const [expired, gone] = [heard(short, "expired"), heard(short, "disconnect")];
  const soon = token(0.2);
  equal(await first(short, "renew", soon), true, "a token that ends soon");
  assert.ok(Math.abs((await expired)[0] - soon.exp * 1000) <= 1, "when it expired");
  equal((await gone)[0], "io server disconnect", "the reason");
  equal((await visit.refused("/admin", { auth: { token: token(9) } })).data, { code: "forbidden" }, "without the role");
  const admin = await visit.enter("/admin", { auth: { token: token(9, { roles: ["admin"] }) } });
  const [news, refused] = [heard(socket, "news"), heard(admin, "refused")];
  admin.emit("reboot");
  equal(await refused, ["reboot", "unknown command"], "a command that is none");
  admin.emit("broadcast", "hear");
  equal(await news, ["hear"], "the news");
}

async function roomsAndBroadcast(visit) {
  const [a, b, c] = [await visit.enter(), await visit.enter(), await visit.enter()];
  for (const each of [a, b]) equal((await first(each, "enter", "red")).includes("red"), true, "its rooms");
  const said = heard(b, "said");
  a.emit("say", "red", "hi");
  equal(await said, [a.id, "hi"], "what the room hears");
  equal((await first(a, "who", "red")).sort(), [a.id, b.id].sort(), "who is there");
  a.on("vote", (question, answer) => answer("yes"));
  b.on("vote", (question, answer) => answer("no"));
  const { complete, votes } = await first(c, "vote", "red", "tea?");
  equal([complete, votes.sort()], [true, ["no", "yes"]], "the votes");
  const left = heard(b, "left");
  a.disconnect();
  equal((await left).length, 1, "who left");
}

async function typedEvents(visit) {
  const [a, b] = [await visit.enter(), await visit.enter()];
  equal((await first(a, "join", { room: "red", name: "Ada" })).includes("red"), true, "the answer to a join");
  const joined = heard(a, "joined");
  await ask(b, "join", { room: "red", name: "Bob" });
  equal(await joined, [{ name: "Bob" }], "who came");
  const said = heard(b, "said");
  a.emit("say", { text: "hi" });
  const [heardOf] = await said;
  equal([heardOf.name, heardOf.text, heardOf.meant], ["Ada", "hi", "plain"], "what was said");
  equal(new Date(heardOf.at).toISOString(), heardOf.at, "when");
}

async function binaryUpload(visit) {
  const [a, b] = [await visit.enter(), await visit.enter()];
  const file = heard(b, "file");
  const id = await first(a, "begin", "dot.bin", 5);
  equal(await first(a, "piece", id, Buffer.from([1, 2, 3])), 3, "received");
  equal(await first(a, "piece", id, Buffer.from([4, 5])), 5, "received");
  equal(await file, ["dot.bin", Buffer.from([1, 2, 3, 4, 5])], "the file");
  equal(await first(a, "piece", 99, Buffer.from([1])), "no such upload", "a piece of none");
}

async function multiThread(visit) {
  const a = await visit.enter();
  const b = await visit.enter();
  const others = heard(b, "somebody counted");
  equal(await first(a, "primes", 100), 25, "primes");
  equal(await others, [100, 25], "what others hear");
}

async function embedded(visit) {
  const socket = await visit.enter();
  equal(await ask(socket, "echo", 1, "two"), [1, "two"], "an echo");
  equal(typeof (await heard(socket, "tick"))[0], "number", "a tick");
}

const examples = {
  acks_and_coroutines: acksAndCoroutines,
  dynamic_namespaces: dynamicNamespaces,
  msgpack,
  auth_middleware: authMiddleware,
  rooms_and_broadcast: roomsAndBroadcast,
  typed_events: typedEvents,
  binary_upload: binaryUpload,
  multi_thread: multiThread,
  embed_in_io_context: embedded,
};

for (const [name, perform] of Object.entries(examples)) {
  describe(`example ${name}`, () => {
    let program;
    before(async () => (program = await Program.start(built(`examples/example_${name}`), ["--port", "0"])));
    after(async () => assert.equal(await program.stop(), 0, "exit status"));
    test(`example ${name} shows what it says`, async () => {
      const visit = new Visit(program);
      try {
        await perform(visit);
      } finally {
        visit.leave();
      }
    });
  });
}

const programs = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(root, "examples", entry.name)).includes("main.cpp"))
  .map(({ name }) => [`example ${name}`, built(`examples/example_${name}`)]);

describe("programs check what they are told", () => {
  for (const [name, program] of [...programs, ["script/server", join(root, "script/server")]]) {
    const told = (...words) => spawnSync(program, words, { encoding: "utf8", timeout: 20_000 });
    test(`${name} shows its switches`, () => {
      const { status, stdout } = told("--help");
      equal(status, 0);
      assert.match(stdout, /^usage: .*--port/);
    });
    for (const words of [["--port", "abc"], ["--port", "99999"], ["--port", "-1"], ["--port"], ["abc"], ["--prot", "1"]])
      test(`${name} refuses ${words.join(" ")}`, () => {
        const { status, stdout, stderr } = told(...words);
        equal(status, 2);
        equal(stdout, "");
        assert.match(stderr, /^\S+: .+\nusage: /);
      });
  }
});
