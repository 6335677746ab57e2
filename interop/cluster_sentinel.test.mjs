// A fleet that finds its Redis by Sentinel: when the master dies or hangs, all go on with the one that takes its place.
import { test } from "node:test";
import { createClient } from "redis";
import { equal, until } from "./lib/check.mjs";
import { ask, collect, Fleet, Redis } from "./lib/fleets.mjs";

/** Nothing when the connection is cut: sentinels do that to a server that is to change. */
async function asked(redis, ...words) {
  const client = createClient({ url: redis.url, socket: { reconnectStrategy: false } }).on("error", () => {});
  try {
    await client.connect();
    return await client.sendCommand(words);
  } catch {
    return [];
  } finally {
    if (client.isOpen) client.destroy();
  }
}

async function hearEachOther(clients) {
  for (const [speaker, listener] of [clients, [...clients].reverse()]) {
    const heard = collect(listener, "news");
    await until("what is said arrives", async () => (await ask(speaker, "broadcast", {}, "news"), heard.length > 0), 30_000);
    listener.off("news");
  }
}

for (const [adapter, end] of [["classic", "die"], ["streams", "hang"]]) {
  test(`${adapter}: the master is to ${end}`, { timeout: 90_000 }, async () => {
    const master = await Redis.start();
    const replica = await Redis.start("--replicaof", "127.0.0.1", master.port, "--repl-diskless-sync-delay", "0");
    await until("the replica follows", async () => (await asked(replica, "INFO", "replication")).includes("master_link_status:up"));
    const sentinel = await Redis.sentinel(master);
    await until("the sentinel knows the replica", async () => (await asked(sentinel, "SENTINEL", "REPLICAS", "mymaster")).length === 1);
    const fleet = await Fleet.start(sentinel, ["kedge4", "kedge"], "--adapter", adapter);
    try {
      const clients = [await fleet.client("a"), await fleet.client("b")];
      await hearEachOther(clients);
      await master[end]();
      await until("the replica is the master", async () => (await asked(replica, "ROLE"))[0] === "master", 30_000);
      await hearEachOther(clients);
      const [error, found] = await ask(clients[0], "fleet-fetch", clients.map(({ id }) => id));
      equal([error, found.length], [null, 2], "who is found");
    } finally {
      await fleet.end();
      for (const each of [sentinel, replica, master]) await each.end();
    }
  });
}
