// What holds in every fleet of two servers, whatever they are: `a` and `b` have clients of their own.
import { check, equal, until } from "../lib/check.mjs";
import { ask, collect, next } from "../lib/fleets.mjs";

const byText = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Clients on both, when each server knows of the other and its clients. */
async function met(fleet, path = "/") {
  const a = await fleet.client("a", path, { auth: { who: "ann" } });
  const b = await fleet.client("b", path, { auth: { who: "bob" } });
  for (const each of [a, b])
    await until("the servers know each other", async () => {
      const [error, found] = await ask(each, "fleet-fetch", [a.id, b.id]);
      return !error && found.length === 2;
    });
  return { a, b };
}

const say = (socket, options, ...args) => ask(socket, "broadcast", options, ...args);

async function everythingArrivesInOrder(fleet, { path = "/" } = {}) {
  const { a, b } = await met(fleet, path);
  const others = { a: b, b: a };
  for (const [name, speaker] of Object.entries({ a, b })) {
    const heard = collect(others[name], "news");
    const here = collect(speaker, "news");
    const sent = [];
    for (let i = 0; i < 200; i++) sent.push([i, "é€😀", { deep: [null, true, 1.5, -7] }, Buffer.from([i, 255])]);
    await Promise.all(sent.map((args) => say(speaker, { self: true }, "news", ...args)));
    await until("all has come", () => heard.length >= sent.length && here.length >= sent.length);
    equal(heard, sent, `what the other's client heard of ${name}`);
    equal(here, sent, `what its own client heard of ${name}`);
    for (const each of [a, b]) each.off("news");
  }
}

async function roomsAndExceptions(fleet) {
  const { a, b } = await met(fleet);
  const second = await fleet.client("b");
  await ask(b, "join", ["blue", "red"]);
  await ask(second, "join", ["red"]);
  const heard = { a: collect(a, "news"), b: collect(b, "news"), second: collect(second, "news") };
  // A server may need a moment to listen to a room's channel.
  await until("the room is heard", async () => {
    await say(a, { to: ["blue"] }, "news", "for blue");
    return heard.b.length > 0;
  });
  await say(a, { to: ["blue"] }, "news", "last");
  await until("it is quiet", () => heard.b.some(([text]) => text === "last"));
  heard.b.length = 0;
  await say(a, { to: ["red"], except: ["blue"] }, "news", 1);
  await say(a, { to: ["red", "blue"] }, "news", 2);
  await say(a, { to: [second.id] }, "news", 3);
  await say(a, { except: [second.id] }, "news", 4);
  await say(a, { to: ["nobody"] }, "news", 5);
  await say(a, { to: ["red"] }, "news", 6);
  await say(a, {}, "news", "end");
  const ended = (list) => list.some(([text]) => text === "end");
  await until("the end", () => ended(heard.b) && ended(heard.second));
  // One node's events to one room and to several may go by different channels.
  equal(heard.b.sort(byText), [["end"], [2], [4], [6]].sort(byText), "who is in both rooms");
  equal(heard.second.sort(byText), [["end"], [1], [2], [3], [6]].sort(byText), "who is in one");
  equal(heard.a, [], "who spoke");
}

async function socketsAreFound(fleet) {
  const { a, b } = await met(fleet);
  await ask(b, "name", "Bob");
  await ask(b, "join", ["found", "besides"]);
  await ask(a, "join", ["found"]);
  const [error, all] = await ask(a, "fleet-fetch", "found");
  equal(error, null, "the error");
  equal(all.map(({ id }) => id).sort(), [a.id, b.id].sort(), "the ids");
  const bob = all.find(({ id }) => id === b.id);
  equal(bob.rooms.sort(), [b.id, "found", "besides"].sort(), "rooms");
  equal(bob.data, { name: "Bob" }, "data");
  const shaken = ({ handshake: { auth, secure, xdomain, url, address, headers, query, time, issued, ...more } }) => [
    auth, secure, xdomain, url.replace(/&t=.*/, ""), address, headers.upgrade, query.transport, typeof time, Math.abs(Date.now() - issued) < 60_000, more];
  const path = "/socket.io/?EIO=4&transport=websocket";
  equal(shaken(bob), [{ who: "bob" }, false, false, path, "127.0.0.1", "websocket", "websocket", "string", true, {}], "its handshake");
}

async function joinsComeBeforeWhatFollows(fleet) {
  const { a, b } = await met(fleet);
  const heard = collect(b, "news");
  for (let i = 0; i < 10; i++) {
    const room = `fresh ${i}`;
    a.emit("fleet-join", b.id, [room], () => {});
    a.emit("broadcast", { to: [room] }, "news", i, () => {});
  }
  await until("all have come", () => heard.length >= 10);
  equal(heard.map(([i]) => i), Array.from({ length: 10 }, (_, i) => i), "what was said right behind the join");
  await ask(a, "fleet-leave", b.id, ["fresh 3"]);
  await until("it has left", async () => !(await ask(b, "fleet-fetch", "fresh 3"))[1].length);
}

async function theyAreDisconnected(fleet) {
  const { a, b } = await met(fleet);
  await ask(b, "join", ["doomed"]);
  const gone = next(b, "disconnect");
  await ask(a, "disconnect-room", "doomed", true);
  const [reason] = await gone;
  check(["io server disconnect", "transport close"].includes(reason), `the reason is ${reason}`);
}

async function questionsAreAnswered(fleet) {
  const { a, b } = await met(fleet);
  for (const [name, socket] of Object.entries({ a, b }))
    socket.on("poll", (said, done) => done({ by: name, said, bytes: Buffer.from([1, 2]) }));
  const answer = (by) => ({ by, said: "x", bytes: Buffer.from([1, 2]) });
  for (const asker of [a, b]) {
    const [error, answers] = await ask(asker, "fleet-question", [a.id, b.id], 15000, "poll", "x");
    equal(error, null, "the error");
    equal(answers.sort((x, y) => (x.by < y.by ? -1 : 1)), [answer("a"), answer("b")], "the answers");
  }
  equal(await ask(a, "fleet-private", b.id, "poll", "x"), [null, answer("b")], "one socket elsewhere");
  const mute = await fleet.client("b");
  mute.on("poll", () => {});
  const [error, some] = await ask(a, "fleet-question", [b.id, mute.id], 700, "poll", "x");
  check(error, "a question that one does not answer succeeded");
  equal(some, [answer("b")], "what came in time");
}

async function serversSpeak(fleet) {
  const { a, b } = await met(fleet);
  const own = collect(a, "told");
  const heard = next(b, "told");
  await ask(a, "servers-hear", "told", "word", 7, { deep: true });
  equal(await heard, ["b", "word", 7, { deep: true }], "what the other was told");
  equal(await ask(a, "servers-answer", "sum", 2, 3), [null, ["b:5"]], "the other's answer");
  equal(await ask(b, "servers-answer", "sum", 4, 5), [null, ["a:9"]], "the first one's answer");
  equal(own, [], "who spoke");
}

async function olderClients(fleet, { older }) {
  const { a } = await met(fleet, "/custom");
  const old = await fleet.client("b", "/custom", { io: older });
  const heard = collect(old, "news");
  await ask(old, "join", ["elders"]);
  await until("the room is heard", async () => (await say(a, { to: ["elders"] }, "news", "room"), heard.length > 0));
  await until("its own room is heard", async () => {
    const [, found] = await ask(a, "fleet-fetch", "elders");
    await say(a, { to: [found[0].id] }, "news", "private", Buffer.from([9]));
    return heard.some(([text, bytes]) => text === "private" && bytes[0] === 9);
  });
}

async function flags(fleet) {
  const { a, b } = await met(fleet);
  const [here, there] = [collect(a, "news"), collect(b, "news")];
  await ask(a, "fleet-say", { local: true }, "news", "local");
  await ask(a, "fleet-say", { volatile: true }, "news", "volatile");
  await ask(a, "fleet-say", { compress: false }, "news", "as it is", "x".repeat(5000));
  await ask(a, "fleet-say", { to: [b.id] }, "news", "private");
  const last = (list) => list.some(([text]) => text === "end");
  await until("the end", async () => (await ask(a, "fleet-say", {}, "news", "end"), last(here) && last(there)));
  const texts = (list) => list.map(([text]) => text).filter((text) => text !== "end").sort();
  equal(texts(here), ["as it is", "local", "volatile"], "who is here");
  equal(texts(there), ["as it is", "private", "volatile"], "who is elsewhere");
}

async function namespacesThatAreMade(fleet) {
  const name = `/dynamic-${Math.floor(Math.random() * 1e9)}`;
  const [a, b] = [await fleet.client("a", name), await fleet.client("b", name)];
  const [ofA, ofB] = [collect(a, "news"), collect(b, "news")];
  await until("both are heard", async () => {
    await say(a, {}, "news", Buffer.from([1]));
    await say(b, {}, "news", Buffer.from([2]));
    return ofA.length > 0 && ofB.length > 0;
  });
  equal([ofA[0][0], ofB[0][0]], [Buffer.from([2]), Buffer.from([1])], "what was said");
}

const values = [2 ** 53, -(2 ** 53), 2 ** 60, 0.1, -0, "\u0000\u2028\ud83d\ude00", "", [], {}, [[[]]], { "": null, __proto__x: 1 }, true, null,
  Buffer.alloc(0), { deep: [Buffer.from("é")], 7: "seven" }, "x".repeat(70_000), Buffer.alloc(70_000, 7)];

async function allValues(fleet) {
  const { a, b } = await met(fleet);
  for (const [speaker, listener] of [[a, b], [b, a]]) {
    const heard = next(listener, "values");
    await say(speaker, {}, "values", ...values);
    const expected = values.map((each) => (Object.is(each, -0) ? 0 : each));
    equal((await heard).map((each) => (Object.is(each, -0) ? 0 : each)), expected, "what was said");
  }
}

export const fleetScenarios = [
  ["everything arrives, in order", everythingArrivesInOrder],
  ["in a namespace likewise", (fleet) => everythingArrivesInOrder(fleet, { path: "/custom" })],
  ["rooms and exceptions", roomsAndExceptions],
  ["sockets are found wherever they are", socketsAreFound],
  ["joins take effect before what follows", joinsComeBeforeWhatFollows, { betterThanReference: true }],
  ["sockets are disconnected wherever they are", theyAreDisconnected],
  ["questions are answered", questionsAreAnswered],
  ["servers speak to each other", serversSpeak],
  ["flags", flags],
  ["namespaces that are made when they are needed", namespacesThatAreMade],
  ["values of all kinds", allValues],
  ["2.x clients", olderClients, { betterThanReference: true }],
];
