// A Redis Cluster of three masters and a replica of one of them, on loopback.
import { createClient } from "redis";
import { until } from "./check.mjs";
import { Redis } from "./fleets.mjs";
import { freePort } from "./proxies.mjs";

const last = 16383;

/** What one answers; an empty text when it is not there. */
async function asked(redis, ...words) {
  const client = createClient({ url: redis.url, socket: { reconnectStrategy: false } }).on("error", () => {});
  try {
    await client.connect();
    return await client.sendCommand(words.map(String));
  } catch (error) {
    return `! ${error.message}`;
  } finally {
    if (client.isOpen) client.destroy();
  }
}

export class RedisCluster {
  /** The replica follows the master that has `key`. */
  static async start(key) {
    const cluster = new RedisCluster();
    const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", 1000, "--cluster-replica-validity-factor", 0, "--repl-diskless-sync-delay", 0];
    cluster.nodes = [];
    for (let i = 0; i < 4; i++) cluster.nodes.push(await Redis.start(...settings, "--cluster-port", await freePort()));
    for (const [i, node] of cluster.nodes.entries()) {
      node.id = await asked(node, "CLUSTER", "MYID");
      await asked(node, "CLUSTER", "SET-CONFIG-EPOCH", i + 1);
      if (i < 3) await asked(node, "CLUSTER", "ADDSLOTSRANGE", Math.ceil((i * last) / 3), i < 2 ? Math.ceil(((i + 1) * last) / 3) - 1 : last);
      if (i > 0) await asked(cluster.nodes[0], "CLUSTER", "MEET", "127.0.0.1", node.port, node.settings.at(-1));
    }
    await cluster.settle();
    const owner = await cluster.owner(key);
    await until("it takes a master", async () => (await asked(cluster.nodes[3], "CLUSTER", "REPLICATE", owner.id)) === "OK");
    await cluster.follows(cluster.nodes[3]);
    return cluster;
  }

  async follows(replica) {
    await until("the replica follows", async () => (await asked(replica, "INFO", "replication")).includes("master_link_status:up"));
    await until("all know the replica", async () => (await this.all("CLUSTER", "SLOTS")).every((slots) => slots.some((each) => each.length === 4)));
  }

  get switches() {
    return this.nodes.slice(0, 2).flatMap(({ url }) => ["--redis-node", url]);
  }

  all(...words) {
    return Promise.all(this.nodes.filter(({ dead }) => !dead).map((each) => asked(each, ...words)));
  }

  /** Until all nodes that are there agree that all is well. */
  settle() {
    return until("the cluster is well", async () =>
      (await this.all("CLUSTER", "INFO")).every((info) => info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:4")));
  }

  slot(key) {
    return asked(this.nodes.find(({ dead }) => !dead), "CLUSTER", "KEYSLOT", key);
  }

  async owner(key) {
    const slot = await this.slot(key);
    const slots = await asked(this.nodes.find(({ dead }) => !dead), "CLUSTER", "SLOTS");
    const [, , [, port]] = slots.find(([from, to]) => from <= slot && slot <= to);
    return this.nodes.find((each) => each.port === port);
  }

  /** Moves the slot of a key to another master, keys and all; and back, when it is called again. */
  async move(key) {
    const slot = await this.slot(key);
    const from = await this.owner(key);
    const masters = [];
    for (const each of this.nodes) if ((await asked(each, "ROLE"))[0] === "master") masters.push(each);
    const to = this.cameFrom ?? masters.find((each) => each !== from);
    this.cameFrom = this.cameFrom ? undefined : from;
    await asked(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
    await asked(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
    for (let keys; (keys = await asked(from, "CLUSTER", "GETKEYSINSLOT", slot, 10)).length > 0;)
      await asked(from, "MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", ...keys);
    for (const each of [to, from, ...masters]) await asked(each, "CLUSTER", "SETSLOT", slot, "NODE", to.id);
  }

  /** Kills the master that has a key; its replica takes its place. */
  async failOver(key) {
    const master = await this.owner(key);
    master.dead = true;
    await master.die();
    const next = async () => {
      for (const each of this.nodes.filter(({ dead }) => !dead))
        if ((await this.owner(key)) === each && (await asked(each, "ROLE"))[0] === "master") return true;
      return false;
    };
    await until("the replica is the master", next, 30_000);
    this.fallen = master;
  }

  /** The one that died is the replica now. */
  async restore() {
    await this.fallen.begin();
    this.fallen.dead = false;
    await this.follows(this.fallen);
  }

  async end() {
    for (const each of this.nodes) await each.end();
  }
}
