// The operators' page: what Kedge tells its operators, and lets them do, is what the reference's instrument() does.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { io } from "socket.io-client";
import { until, within } from "./lib/check.mjs";
import { ask, next } from "./lib/fleets.mjs";
import { credentials, hash, Operator } from "./lib/operator.mjs";
import { built, Program, root } from "./lib/programs.mjs";

const kinds = {
  kedge: [built("interop/interop_server"), []],
  "kedge, 4 threads": [built("interop/interop_server"), ["--threads", "4"]],
  node: [process.execPath, [join(root, "interop/app/reference.mjs")]],
};
const start = (kind, ...more) => Program.start(kinds[kind][0], [...kinds[kind][1], "--app", "--port", "0", "--admin", hash, ...more]);

async function connected(url, options = {}) {
  const socket = io(url, { forceNew: true, transports: ["websocket"], reconnection: false, ...options });
  await within(20_000, "a client", new Promise((resolve) => socket.once("connect", resolve)));
  return socket;
}

/** A client lives its life, an operator looks and acts: what the operator is told, step by step. */
async function story(url) {
  const steps = [];
  const operator = await Operator.enter(url, credentials);
  const step = async (name, count = 1) => {
    await operator.sees(name, count);
    steps.push(operator.take());
  };
  await step("all_sockets");
  const client = await connected(url, { auth: { token: "nobody's business" }, query: { page: "1" } });
  await step("event_sent");
  await ask(client, "name", "grace");
  await step("socket_updated");
  await ask(client, "join", ["red", "blue"]);
  await step("room_joined", 2);
  client.emit("message", 1, { deep: [Buffer.from("bytes"), null] });
  await step("event_sent");
  await ask(client, "leave", "red");
  await step("room_left");

  operator.socket.emit("emit", "/", undefined, "to-all", 1, { two: 2 });
  assert.deepEqual(await next(client, "to-all"), [1, { two: 2 }]);
  operator.socket.emit("emit", "/", client.id, "to-one");
  await next(client, "to-one");
  operator.socket.emit("join", "/", "green", "blue");
  await operator.sees("room_joined");
  operator.socket.emit("leave", "/", "green", client.id);
  await step("room_left");
  operator.socket.emit("_disconnect", "/", false, client.id);
  assert.deepEqual(await next(client, "disconnect").then(([reason]) => reason), "io server disconnect");
  await step("room_left", 2);

  const climbing = await connected(url, { transports: ["polling", "websocket"] });
  await step("socket_updated");
  operator.socket.emit("_disconnect", "/", true);
  await next(climbing, "disconnect");
  await step("room_left");
  const guest = await connected(`${url}/dynamic-7`);
  await step("event_sent");
  guest.disconnect();
  await step("room_left");
  operator.leave();
  client.disconnect();
  return steps;
}

/** Of what happens at once the order is the server's affair. */
const unordered = (steps) => steps.map((step) => step.map((event) => JSON.stringify(event)).sort());

async function welcome(url) {
  const seen = {};
  seen.wrong = await Promise.all(
    [undefined, {}, { username: "ada", password: "x" }, { username: "bob", password: "secret" }, { sessionId: "0" }].map(
      async (auth) => (await Operator.enter(url, auth)).refusal,
    ),
  );
  const first = await Operator.enter(url, credentials);
  await first.sees("config");
  seen.first = first.take().slice(0, 3);
  const second = await Operator.enter(url, { sessionId: first.session });
  await second.sees("config");
  seen.second = second.take().slice(0, 2);
  [first, second].forEach((each) => each.leave());
  return seen;
}

function shape(value) {
  if (Array.isArray(value)) return value.length ? [shape(value[0])] : [];
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)]));
  return typeof value;
}

for (const kind of ["kedge", "kedge, 4 threads"]) {
  describe(`admin: ${kind} as the reference`, { timeout: 120_000 }, () => {
    let ours;
    let theirs;
    before(async () => ([ours, theirs] = await Promise.all([start(kind), start("node")])));
    after(async () => {
      assert.equal(await ours.stop(), 0, "exit status");
      await theirs.kill();
    });

    test("who may enter, and what is said first", async () => {
      const [one, other] = await Promise.all([welcome(ours.url), welcome(theirs.url)]);
      assert.deepEqual(one, other);
      assert.deepEqual(one.first[0], ["session", 16]);
    });
    test("a name without a password, which ends the reference, is refused", async () => {
      for (const auth of [{ username: "ada" }, { username: "ada", password: 5 }, { username: "ada", password: "secret\0" }])
        assert.equal((await Operator.enter(ours.url, auth)).refusal[0], "invalid credentials");
    });
    test("a client's life, and what an operator does", async () => {
      const [one, other] = [await story(ours.url), await story(theirs.url)];
      assert.deepEqual(unordered(one), unordered(other));
    });
    test("figures, every two seconds", async () => {
      const [one, other] = await Promise.all([ours, theirs].map(async ({ url }) => {
        const operator = await Operator.enter(url, credentials);
        const client = await connected(url, { transports: ["polling"] });
        await until("two figures", () => operator.stats.length >= 3);
        operator.leave();
        client.disconnect();
        return operator.stats[1];
      }));
      const plain = ({ aggregatedEvents, namespaces, ...rest }) => ({
        ...rest,
        events: [...new Set(aggregatedEvents.map((each) => JSON.stringify(shape(each))))].sort(),
        namespaces: namespaces.filter(({ name }) => !/\d/.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1)),
      });
      assert.deepEqual(shape(plain(one)), shape(plain(other)));
      assert.deepEqual(plain(one).namespaces, plain(other).namespaces);
      assert.equal(one.pollingClientsCount, 1);
      assert.equal(one.clientsCount, 2);
      assert.equal(one.pid, ours.child.pid);
      assert.ok(one.uptime > 0 && one.uptime < 600, `uptime ${one.uptime}`);
    });
  });
}

describe("admin: what is not allowed", { timeout: 120_000 }, () => {
  test("production tells figures alone; a reader does nothing", async () => {
    for (const kind of ["kedge", "node"]) {
      const server = await start(kind, "--admin-mode", "production", "--admin-readonly");
      const client = await connected(server.url);
      const operator = await Operator.enter(server.url, credentials);
      operator.socket.emit("_disconnect", "/", true);
      operator.socket.emit("emit", "/", undefined, "x");
      await until("figures", () => operator.stats.length > 1);
      assert.deepEqual(operator.take(), [["session", 16], ["connect"], ["config", { supportedFeatures: ["AGGREGATED_EVENTS"] }]]);
      assert.ok(client.connected);
      client.disconnect();
      operator.leave();
      await server.stop();
    }
  });

  test("who floods the server with passwords makes nobody wait, and is turned away", async () => {
    const costly = "$2b$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";
    const server = await Program.start(built("interop/interop_server"), ["--app", "--port", "0", "--admin", costly]);
    const client = await connected(server.url);
    const tries = Promise.all(Array.from({ length: 40 }, () => Operator.enter(server.url, { username: "ada", password: "x" })));
    let slowest = 0;
    for (let round = 0; round < 20; ++round) {
      const begin = performance.now();
      await ask(client, "join", []);
      slowest = Math.max(slowest, performance.now() - begin);
    }
    const refusals = (await tries).map(({ refusal }) => refusal[0]);
    assert.equal(refusals.filter((each) => each === "invalid credentials").length, 10);
    assert.equal(refusals.filter((each) => each === "too many attempts").length, 30);
    assert.ok(slowest < 2000, `an answer took ${slowest} ms`);
    client.disconnect();
    assert.equal(await server.stop(), 0);
  });
});
