// Fleets in which something hangs, dies, comes back, or says nonsense. Between Kedge servers.
import { createRequire } from "node:module";
import { Emitter } from "@socket.io/redis-emitter";
import { encode } from "notepack.io";
import { createClient } from "redis";
import { check, equal, until } from "../lib/check.mjs";
import { ask, collect, next } from "../lib/fleets.mjs";

const emitterOf2 = createRequire(import.meta.url)("socket.io-emitter");

const both = async (fleet) => ({ a: await fleet.client("a"), b: await fleet.client("b") });

async function together(fleet, { a, b }) {
  for (const each of [a, b])
    await until("the servers know each other", async () => {
      const [error, found] = await ask(each, "fleet-fetch", [a.id, b.id]);
      return !error && found.length === 2;
    });
}

/** Speaks until the other hears. */
async function heardAgain(speaker, listener) {
  const heard = collect(listener, "again");
  await until("what is said arrives", async () => {
    speaker.emit("broadcast", {}, "again", () => {});
    return heard.length > 0;
  });
}

async function quick(what, work, ms) {
  const began = Date.now();
  const result = await work();
  const took = Date.now() - began;
  check(took <= ms, `${what} took ${took} ms, not ${ms} at most`);
  return result;
}

async function redisHangs(fleet, redis) {
  const { a, b } = await both(fleet);
  await together(fleet, { a, b });
  const neighbour = await fleet.client("a");
  const [here, there] = [collect(neighbour, "news"), collect(b, "news")];
  neighbour.on("poll", (said, done) => done(said));
  redis.hang();
  try {
    for (let i = 0; i < 50; i++) await quick("an event to a neighbour", () => ask(a, "broadcast", {}, "news", i), 1000);
    await until("the neighbour has heard all", () => here.length >= 50);
    const [error, found] = await quick("a question", () => ask(a, "fleet-fetch", [a.id, b.id]), 6500);
    check(error, "a question without Redis succeeded");
    equal(found.map(({ id }) => id), [a.id], "what is known without Redis");
  } finally {
    redis.goOn();
  }
  await heardAgain(a, b);
  equal(here, Array.from({ length: 50 }, (_, i) => [i]), "what the neighbour heard");
  check(there.length <= 50, "something came twice");
  await together(fleet, { a, b });
}

async function redisDiesAndComesBack(fleet, redis) {
  const { a, b } = await both(fleet);
  await together(fleet, { a, b });
  const neighbour = await fleet.client("a");
  const [here, there] = [collect(neighbour, "news"), collect(b, "news")];
  await redis.die();
  await until("it is noticed", async () => (await ask(a, "fleet-fetch", [a.id, b.id]))[0]);
  for (let i = 0; i < 20; i++) await quick("an event to a neighbour", () => ask(a, "broadcast", {}, "news", i), 500);
  await until("the neighbour has heard all", () => here.length >= 20);
  const [error, found] = await quick("a question", () => ask(a, "fleet-fetch", [a.id, b.id]), 500);
  check(/cannot be reached/.test(error), `the error is ${error}`);
  equal(found.map(({ id }) => id), [a.id], "what is known without Redis");
  await redis.begin();
  await heardAgain(a, b);
  await heardAgain(b, a);
  // What waited leaves when Redis is back; who listens by then hears it, in order.
  equal(there, Array.from({ length: 20 }, (_, i) => [i]).slice(20 - there.length), "the last of what waited");
  await together(fleet, { a, b });
}

async function aNodeDies(fleet) {
  const { a, b } = await both(fleet);
  await together(fleet, { a, b });
  const c = await fleet.client("c");
  const { c: doomed } = fleet.nodes;
  a.on("poll", (said, done) => done("a"));
  b.on("poll", (said, done) => done("b"));
  c.on("poll", () => {});
  await until("the third is known", async () => (await ask(a, "fleet-fetch", [a.id, b.id, c.id]))[1].length === 3);

  doomed.child.kill("SIGSTOP");
  const question = ask(a, "fleet-question", [a.id, b.id, c.id], 8000, "poll", "x");
  const search = ask(a, "fleet-fetch", [a.id, b.id, c.id]);
  const servers = ask(a, "servers-answer", "sum", 1, 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await doomed.kill();
  const [[pollError, answers], [searchError, found], [sumError, sums]] = await quick(
    "questions to a node that died", () => Promise.all([question, search, servers]), 1500);
  equal(answers.sort(), ["a", "b"], `answers (${pollError})`);
  check(/only 1 responses received out of 2/.test(searchError), `the error is ${searchError}`);
  equal(found.map(({ id }) => id).sort(), [a.id, b.id].sort(), "who was found");
  check(/only 1 responses received out of 2/.test(sumError), `the error is ${sumError}`);
  equal(sums, ["b:2"], "the servers' answers");
  const [error] = await quick("the next question", () => ask(a, "fleet-fetch", [a.id, b.id]), 1000);
  equal(error, null, "the next question's error");
}

const nonsense = ["", "{", "{}", "[]", "null", "nonsense", "\u0000", '{"type":3}', '{"type":99,"nsp":"/","uid":"x"}', '{"type":2,"opts":7}',
  '{"type":6,"data":["connection"]}', '{"type":7,"requestId":"x","opts":{},"packet":{"type":2,"data":["disconnect"],"nsp":"/"}}',
  '{"uid":"x","requestId":"y","type":5,"opts":null}', '{"requestId":{},"type":1}', '{"type":3,"nsp":"/","uid":"x","data":{"packet":{"type":0,"data":["a"]}}}',
  "[".repeat(5000), Buffer.from([0xc1]), Buffer.from([0x93]), Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]), encode(["x", null, null]),
  encode(["x", { type: 1, data: ["a"], nsp: "/" }, {}]), encode(["x", { type: 2, data: ["connect"], nsp: "/" }, {}]), encode(["x", { type: 2, data: 5, nsp: "/" }, { rooms: 5 }])];

async function nonsenseHarmsNobody(fleet, redis, { adapter }) {
  const { a, b } = await both(fleet);
  await together(fleet, { a, b });
  const speaker = await createClient({ url: redis.url }).connect();
  const [heard, ends] = [[], collect(a, "disconnect")];
  a.onAny((name) => heard.push(name));
  const channels = adapter === "classic"
    ? ["socket.io#/#", `socket.io#/#${a.id}#`, "socket.io#/#x", "socket.io-request#/#", "socket.io-response#/#"]
    : ["socket.io#/#"];
  for (const channel of channels)
    for (const each of nonsense)
      await (adapter === "sharded" ? speaker.sPublish(channel, each) : speaker.publish(channel, each));
  if (adapter === "streams") {
    const add = (...fields) => speaker.sendCommand(["XADD", "socket.io", "*", ...fields]);
    for (const type of ["", "3", "8", "9", "99", "-1"])
      for (const each of nonsense) await add("nsp", "/", "uid", "x", "type", type, "data", each);
    await add("nsp", "/");
    await add("something", "else");
    await add("nsp", "/", "uid", "x", "type", "3", "data", Buffer.from(nonsense.at(-1)).toString("base64"));
  }
  speaker.destroy();
  await heardAgain(a, b);
  await heardAgain(b, a);
  await together(fleet, { a, b });
  equal([heard.filter((name) => name !== "again"), ends], [[], []], "what came of it");
}

async function emittersAreHeard(fleet, redis) {
  const { a, b } = await both(fleet);
  await ask(b, "join", ["r"]);
  const client = await createClient({ url: redis.url }).connect();
  for (const emitter of [new Emitter(client), emitterOf2({ hset() {}, publish: (...args) => client.publish(...args), constructor: { name: "RedisClient" } })]) {
    const heard = [next(a, "news"), next(b, "news")];
    emitter.emit("news", 1, { two: 2 }, Buffer.from([3]));
    for (const each of heard) equal(await each, [1, { two: 2 }, Buffer.from([3])], "what both hear");
    const own = next(b, "news");
    emitter.to("r").emit("news", "r");
    equal(await own, ["r"], "what the room hears");
    const numbered = [next(a, 42), next(b, 42)];
    emitter.emit(42, "a number is a name");
    for (const each of numbered) equal(await each, ["a number is a name"], "what has a number");
  }
  const emitter = new Emitter(client);
  emitter.socketsJoin("all of us");
  await until("they have joined", async () => (await ask(a, "fleet-fetch", "all of us"))[1].length === 2);
  const told = next(a, "told");
  emitter.serverSideEmit("told", "by the emitter");
  equal(await told, ["a", "by the emitter"], "what servers hear");
  const gone = next(b, "disconnect");
  emitter.in("r").disconnectSockets(true);
  await gone;
  client.destroy();
}

/** As socket.io-redis 6 asks: about one socket, whose server alone answers. */
async function olderNodesAreAnswered(fleet, redis) {
  const { a, b } = await both(fleet);
  const client = await createClient({ url: redis.url }).connect();
  const hearing = await client.duplicate().connect();
  const heard = [];
  await hearing.subscribe("socket.io-response#/#", (text) => heard.push(JSON.parse(text)));
  const say = (request) => client.publish("socket.io-request#/#", JSON.stringify(request));
  const answers = (id) => heard.filter(({ requestId }) => requestId === id);
  await say({ requestId: "join", type: 2, sid: b.id, room: "r" });
  await say({ requestId: "nobody", type: 2, sid: "nobody", room: "r" });
  await say({ requestId: "new form", type: 3, opts: { rooms: [a.id] }, rooms: ["r"] });
  await say({ requestId: "ids", type: 0, rooms: ["r"] });
  await say({ requestId: "rooms", type: 1 });
  await until("all have answered", () => answers("rooms").length === 3 && answers("ids").length === 3 && answers("join").length > 0);
  equal(answers("ids").flatMap(({ sockets }) => sockets), [b.id], "who is in the room");
  equal(["join", "nobody", "new form"].map((id) => answers(id).length), [1, 0, 0], "how many answer");
  hearing.destroy();
  client.destroy();
}

export const failures = [
  ["Redis hangs", redisHangs],
  ["Redis dies and comes back", redisDiesAndComesBack],
  ["a node dies while it is asked", aNodeDies],
  ["nonsense harms nobody", nonsenseHarmsNobody],
];
export const ofTheClassic = [
  ["the reference's emitters are heard", emittersAreHeard],
  ["older nodes are answered", olderNodesAreAnswered],
];
