// Fleets on a Redis Cluster: what holds on one Redis holds there, while slots move and masters die, too.
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { io as newest } from "socket.io-client";
import { check, equal, until } from "./lib/check.mjs";
import { ask, collect, Fleet } from "./lib/fleets.mjs";
import { nginx } from "./lib/proxies.mjs";
import { RedisCluster } from "./lib/redis_cluster.mjs";
import { fleetScenarios } from "./scenarios/fleet.mjs";

const older = createRequire(import.meta.url)("socket.io-client-2");
const key = "socket.io"; // of the stream; its slot has the sharded channels, too
const adapters = {
  classic: [],
  sharded: ["--adapter-options", `channelPrefix={${key}}`],
  streams: ["--adapter-options", "maxLen=1000000"], // what waited for a new master is not to push itself out of the stream
};

let cluster;
before(async () => (cluster = await RedisCluster.start(key)));
after(() => cluster?.end());

async function hearEachOther(clients, speakers = clients) {
  for (const speaker of speakers)
    for (const listener of clients.filter((each) => each !== speaker)) {
      const heard = collect(listener, "again");
      await until("what is said arrives", async () => (await ask(speaker, "broadcast", {}, "again"), heard.length > 0), 40_000);
      listener.off("again");
    }
}

/** Speaks without a pause, each number once, until it is told to end. */
class Load {
  said = 0;
  constructor(speaker, listeners) {
    this.heard = listeners.map((each) => collect(each, "number"));
    this.running = true;
    this.ended = (async () => {
      while (this.running) await ask(speaker, "broadcast", {}, "number", this.said++);
    })();
  }

  async end(ordered) {
    const reached = this.said;
    await until("more is said", () => this.said > reached + 20);
    this.running = false;
    await this.ended;
    const over = (heard) => (ordered ? heard.at(-1)?.[0] === this.said - 1 : heard.length === this.said);
    await until("the last is heard", () => this.heard.every(over));
  }

  /** The numbers that each listener did not hear; what it heard was heard once, and in order as far as the speaker's server keeps one. */
  missing(ordered) {
    return this.heard.map((all) => {
      const numbers = all.map(([number]) => number);
      if (!ordered) numbers.sort((a, b) => a - b);
      for (let i = 1; i < numbers.length; i++) check(numbers[i] > numbers[i - 1], `${numbers[i]} came behind ${numbers[i - 1]}`);
      const there = new Set(numbers);
      return Array.from({ length: this.said }, (_, i) => i).filter((each) => !there.has(each));
    });
  }
}

/** From all speakers to all others, while something happens; how far each was before and after. */
async function under(clients, what, { speakers = clients, ordered = true } = {}) {
  const loads = speakers.map((each) => new Load(each, clients.filter((other) => other !== each)));
  await until("all speak", () => loads.every(({ said }) => said > 50));
  const before = loads.map(({ said }) => said);
  await what();
  await hearEachOther(clients, speakers);
  const behind = loads.map(({ said }) => said);
  for (const each of loads) await each.end(ordered);
  return loads.map((each, i) => ({ missing: each.missing(ordered), before: before[i], behind: behind[i] }));
}

for (const [adapter, options] of Object.entries(adapters)) {
  describe(adapter, () => {
    for (const kinds of [["kedge4", "kedge"], ["kedge", "node"]]) {
      describe(kinds.join(" and "), () => {
        let fleet;
        let clients;
        before(async () => {
          fleet = await Fleet.start(cluster, kinds, "--adapter", adapter, ...options);
          clients = [await fleet.client("a"), await fleet.client("b")];
        });
        after(() => fleet?.end());

        // A client of Node's gives what has no key to one node or another.
        const keepsNoOrder = adapter === "classic";
        for (const [name, run, { betterThanReference } = {}] of fleetScenarios) {
          if (kinds.includes("node") && (betterThanReference || !/found|questions|rooms|order/.test(name))) continue;
          const skip = kinds.includes("node") && keepsNoOrder && /order/.test(name);
          test(name, { skip, timeout: 60_000 }, () => run(fleet, { older }));
        }

        test("a slot moves while all speak", { timeout: 60_000 }, async () => {
          await hearEachOther(clients);
          // A client of Node's does not follow a sharded channel that it listens to.
          const speakers = adapter === "sharded" && kinds.includes("node") ? clients.slice(1) : clients;
          const ordered = !keepsNoOrder || !kinds.includes("node");
          for (const { missing, before, behind } of await under(clients, () => cluster.move(key), { speakers, ordered }))
            for (const each of missing) {
              // Sharded channels are heard again when their new node has been asked.
              if (adapter !== "sharded") equal(each, [], "what was lost");
              check(each.every((number) => number >= before - 5 && number <= behind), `lost: ${each}`);
            }
        });
      });
    }

    test("a master dies while all speak", { timeout: 90_000 }, async () => {
      const fleet = await Fleet.start(cluster, ["kedge4", "kedge"], "--adapter", adapter, ...options);
      try {
        const clients = [await fleet.client("a"), await fleet.client("b")];
        await hearEachOther(clients);
        for (const { missing, before, behind } of await under(clients, () => cluster.failOver(key)))
          for (const each of missing) {
            // What waits for the new master is not lost: only what was under way, or not yet copied.
            if (adapter === "streams" && each.length > 0) equal(each.at(-1) - each[0] + 1, each.length, "lost at once");
            check(each.every((number) => number >= before - 50 && number <= behind), `lost: ${each}`);
          }
        const [error, found] = await ask(clients[0], "fleet-fetch", clients.map(({ id }) => id));
        equal([error, found.length], [null, 2], "who is found");
      } finally {
        await fleet.end();
        await cluster.restore();
      }
    });
  });
}

test("servers that meet in a Redis Cluster pass requests on to each other", { timeout: 60_000 }, async () => {
  const fleet = await Fleet.start(cluster, ["kedge", "kedge4"], "--fleet-address", "127.0.0.1:0");
  const proxy = await nginx(...Object.values(fleet.nodes).map(({ port }) => port));
  const lives = async () => {
    const socket = newest(proxy.url, { forceNew: true, transports: ["polling"], reconnectionDelay: 20 });
    fleet.clients.push(socket);
    await until("it connects", () => socket.connected);
    for (let i = 0; i < 10; i++) equal(await ask(socket, "message-with-ack", i), [i], "an ack");
    socket.disconnect();
  };
  try {
    await lives();
    await cluster.failOver(key);
    await fleet.nodes.b.stop();
    await fleet.restart("b"); // it asks for a number
    await lives();
  } finally {
    await proxy.stop();
    await fleet.end();
  }
});
