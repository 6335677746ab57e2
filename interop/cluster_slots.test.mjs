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
// What the slot of each adapter's messages is named by; the classic one has none.
const keyOf = { classic: "socket.io", sharded: "socket.io#/#", streams: "socket.io" };

async function hearEachOther(clients) {
  for (const speaker of clients)
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

  async end() {
    const reached = this.said;
    await until("more is said", () => this.said > reached + 20);
    this.running = false;
    await this.ended;
    await until("the last is heard", () => this.heard.every((each) => each.at(-1)?.[0] === this.said - 1));
  }

  /** The numbers that each listener did not hear; what it heard was in order, and once. */
  missing() {
    return this.heard.map((all) => {
      const numbers = all.map(([number]) => number);
      for (let i = 1; i < numbers.length; i++) check(numbers[i] > numbers[i - 1], `${numbers[i]} came behind ${numbers[i - 1]}`);
      const there = new Set(numbers);
      return Array.from({ length: this.said }, (_, i) => i).filter((each) => !there.has(each));
    });
  }
}

/** From all speakers to all others, while something happens; how far each was before and after. */
async function under(clients, what) {
  const loads = clients.map((each) => new Load(each, clients.filter((other) => other !== each)));
  await until("all speak", () => loads.every(({ said }) => said > 50));
  const before = loads.map(({ said }) => said);
  await what();
  await hearEachOther(clients);
  const behind = loads.map(({ said }) => said);
  for (const each of loads) await each.end();
  return loads.map((each, i) => ({ missing: each.missing(), before: before[i], behind: behind[i] }));
}

for (const adapter of Object.keys(keyOf)) {
  describe(adapter, () => {
    let cluster;
    before(async () => (cluster = await RedisCluster.start(keyOf[adapter])));
    after(() => cluster.end());

    for (const kinds of [["kedge4", "kedge"], ["kedge", "node"]]) {
      describe(kinds.join(" and "), () => {
        let fleet;
        let clients;
        before(async () => {
          fleet = await Fleet.start(cluster, kinds, "--adapter", adapter);
          clients = [await fleet.client("a"), await fleet.client("b")];
        });
        after(() => fleet?.end());

        for (const [name, run, { betterThanReference } = {}] of fleetScenarios) {
          const skip = betterThanReference && kinds.includes("node");
          test(name, { skip, timeout: 60_000 }, () => run(fleet, { older }));
        }

        test("a slot moves while all speak", { timeout: 60_000 }, async () => {
          await hearEachOther(clients);
          for (const { missing, before, behind } of await under(clients, () => cluster.move(keyOf[adapter])))
            for (const each of missing) {
              console.log(adapter, kinds, "moved", each.length, before, behind);
              // Sharded channels are heard again when their new node has been asked.
              if (adapter !== "sharded") equal(each, [], "what was lost");
              check(each.every((number) => number >= before - 5 && number <= behind), `lost: ${each}`);
            }
        });
      });
    }

    test("a master dies while all speak", { timeout: 90_000 }, async () => {
      const fleet = await Fleet.start(cluster, ["kedge4", "kedge"], "--adapter", adapter);
      try {
        const clients = [await fleet.client("a"), await fleet.client("b")];
        await hearEachOther(clients);
        let killed;
        for (const { missing, before, behind } of await under(clients, async () => { killed = await cluster.failOver(keyOf[adapter]); }))
          for (const each of missing) {
            console.log(adapter, "killed", each.length, before, behind, each.slice(0, 5));
            check(each.every((number) => number >= before - 50 && number <= behind), `lost: ${each}`);
          }
        const [error, found] = await ask(clients[0], "fleet-fetch", clients.map(({ id }) => id));
        equal([error, found.length], [null, 2], "who is found");
      } finally {
        await fleet.end();
      }
    });
  });
}

test("servers that meet in a Redis Cluster pass requests on to each other", { timeout: 60_000 }, async () => {
  const cluster = await RedisCluster.start("{kedge:fleet}");
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
    await cluster.failOver("{kedge:fleet}");
    await fleet.nodes.b.stop();
    await fleet.restart("b"); // its number is the new master's to give
    await lives();
  } finally {
    await proxy.stop();
    await fleet.end();
    await cluster.end();
  }
});
