// Fleets over Redis: Kedge with itself, and Kedge with the reference, by the official clients.
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { io } from "socket.io-client";
import { equal, until } from "./lib/check.mjs";
import { ask, collect, Fleet, next, Redis } from "./lib/fleets.mjs";
import { built, Program } from "./lib/programs.mjs";
import { fleetScenarios } from "./scenarios/fleet.mjs";

const older = createRequire(import.meta.url)("socket.io-client-2");

const adapters = [
  ["classic"],
  ["sharded", "--mode", "static"],
  ["sharded", "--mode", "dynamic"],
  ["sharded", "--mode", "dynamic-private"],
  ["streams"],
];
const mixes = [["kedge", "kedge"], ["kedge4", "kedge"], ["kedge", "node"], ["node", "kedge"]];
const withIoredis = (mode) => (mode === undefined || mode === "dynamic" ? [...mixes, ["kedge", "ioredis"]] : mixes);

let redis;
before(async () => (redis = await Redis.start()));
after(() => redis.end());

for (const [adapter, ...mode] of adapters) {
  for (const kinds of withIoredis(mode[1])) {
    describe(`${adapter} ${mode[1] ?? ""}: ${kinds.join(" and ")}`, () => {
      let fleet;
      before(async () => (fleet = await Fleet.start(redis, kinds, "--adapter", adapter, ...mode)));
      after(() => fleet.end());
      for (const [name, run, { betterThanReference } = {}] of fleetScenarios) {
        // What the reference loses as publisher or as subscriber, Kedge cannot give back.
        const skip = betterThanReference && !kinds.every((each) => each.startsWith("kedge"));
        test(name, { skip, timeout: 60_000 }, () => run(fleet, { older }));
      }
    });
  }
}

test("the example: two servers are one chat", { timeout: 60_000 }, async () => {
  const servers = [];
  const clients = [];
  try {
    for (const name of ["one", "two"])
      servers.push(await Program.start(built("examples/example_cluster"), ["--port", "0", "--redis", redis.url, "--name", name]));
    for (const { url } of servers) {
      const client = io(url, { forceNew: true, transports: ["websocket"], reconnection: false });
      clients.push(client);
      await next(client, "welcome");
    }
    await until("both are there", async () => (await ask(clients[0], "who is there"))[0].length === 2);
    const heard = clients.map((each) => collect(each, "said"));
    clients[1].emit("say", "hello");
    await until("both hear it", () => heard.every((each) => each.length === 1));
    equal(heard[0][0].slice(0, 2), [clients[1].id, "hello"], "what was said");
  } finally {
    clients.forEach((each) => each.disconnect());
    for (const each of servers) equal(await each.stop(), 0, "its exit status");
  }
});
