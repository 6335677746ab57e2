// Clients that return to another server of a fleet: they get what they missed, all of it, in order, and once.
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { createClient } from "redis";
import { io } from "socket.io-client";
import { check, equal, until } from "./lib/check.mjs";
import { ask, collect, Fleet, next, Redis } from "./lib/fleets.mjs";

/** The way of a client to one server or another: it can be cut, and lead elsewhere. */
class Way {
  pairs = new Set();

  static async to(port) {
    const way = new Way();
    way.port = port;
    way.server = createServer((near) => way.carry(near));
    await new Promise((resolve) => way.server.listen(0, "127.0.0.1", resolve));
    way.url = `http://127.0.0.1:${way.server.address().port}`;
    return way;
  }

  carry(near) {
    const far = connect(this.port, "127.0.0.1");
    const pair = [near, far];
    this.pairs.add(pair);
    for (const [one, other] of [pair, [far, near]]) {
      one.on("error", () => {});
      one.on("close", () => (other.destroy(), this.pairs.delete(pair)));
      one.pipe(other);
    }
  }

  leadTo(port) {
    this.port = port;
    for (const [near, far] of this.pairs) (near.destroy(), far.destroy());
  }
  end() {
    this.leadTo(this.port);
    this.server.close();
  }
}

async function wanderer(way, more = {}) {
  const client = io(way.url, { forceNew: true, transports: ["websocket"], reconnectionDelay: 5, reconnectionDelayMax: 20, randomizationFactor: 0, ...more });
  await next(client, "connect");
  return client;
}

/** Lets a client be known by an offset. */
async function introduce(client) {
  const greeting = next(client, "message-back");
  client.emit("message", "hello");
  await greeting;
}

async function backAgain(client) {
  await until("it is back", () => client.connected);
  return client.recovered;
}

const ways = [["websocket"], ["polling"], ["polling", "websocket"]];

/** Between the first two it moves; where it returns to any of them it loses nothing. */
const fleets = [
  { adapter: "streams", kinds: ["kedge4", "kedge"] },
  { adapter: "streams", kinds: ["kedge", "node"], loses: true },
  { adapter: "classic", kinds: ["kedge4", "kedge"] },
  { adapter: "classic", kinds: ["kedge", "kedge4", "node"] },
];

for (const { adapter, kinds, loses } of fleets) {
  describe(`recovery in a fleet on ${adapter}: ${kinds.join(" and ")}`, () => {
    let redis;
    let fleet;
    let way;
    before(async () => {
      redis = await Redis.start();
      fleet = await Fleet.start(redis, kinds, "--adapter", adapter, "--recovery");
      way = await Way.to(fleet.nodes.a.port);
    });
    after(async () => {
      way?.end();
      await fleet?.end();
      await redis.end();
    });

    test("who was sent nothing yet misses nothing", { timeout: 60_000, skip: loses }, async () => {
      const client = await wanderer(way, { auth: { quiet: true } });
      const { id } = client;
      await ask(client, "join", ["r"]);
      const heard = collect(client, "news");
      const speaker = await fleet.client("b");
      for (const words of [0, 0, 10]) {
        const gone = next(client, "disconnect");
        const { port } = way;
        way.leadTo(1); // nowhere
        await gone;
        await new Promise((resolve) => setTimeout(resolve, 300)); // the session is kept where it was left
        for (let i = 0; i < words; i++) await ask(speaker, "broadcast", i % 2 ? { to: ["r"] } : {}, "news", i);
        equal(client._lastOffset, undefined, "its offset");
        way.leadTo(port === fleet.nodes.a.port ? fleet.nodes.b.port : fleet.nodes.a.port);
        check(await backAgain(client), "it came anew");
        equal(client.id, id, "its id");
      }
      await until("all has come", () => heard.length >= 10);
      equal(heard.map(([i]) => i), Array.from({ length: 10 }, (_, i) => i), "what it missed");
      client.disconnect();
      way.leadTo(fleet.nodes.a.port);
    });

    test("who is away hears what it missed on the other server", { timeout: 60_000 }, async () => {
      const speaker = await fleet.client("b");
      const client = await wanderer(way);
      const { id } = client;
      await ask(client, "join", ["r"]);
      await introduce(client);
      await until("the servers hear each other", async () => {
        const heard = collect(client, "mark");
        await ask(speaker, "broadcast", {}, "mark");
        return heard.length > 0;
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      const heard = collect(client, "news");
      const gone = next(client, "disconnect");
      const { port } = way;
      way.leadTo(1); // nowhere
      await gone;
      await new Promise((resolve) => setTimeout(resolve, 300)); // the session is kept where it was left
      for (let i = 0; i < 50; i++) await ask(speaker, "broadcast", i % 2 ? { to: ["r"] } : {}, "news", i, Buffer.from([i]));
      await ask(speaker, "broadcast", { to: ["elsewhere"] }, "news", "not for it");
      await ask(speaker, "broadcast", { except: ["r"] }, "news", "not for it");
      await ask(speaker, "broadcast", { volatile: true }, "news", "volatile");
      way.leadTo(port === fleet.nodes.a.port ? fleet.nodes.b.port : fleet.nodes.a.port);
      check(await backAgain(client), "it came anew");
      equal(client.id, id, "its id");
      await until("all has come", () => heard.length >= 50);
      equal(heard.slice(0, 50).map(([i]) => i), Array.from({ length: 50 }, (_, i) => i), "what it missed");
      client.disconnect();
    });

    test("nothing is lost while it changes servers and others speak", { timeout: 120_000, skip: loses }, async () => {
      const speakers = await Promise.all(Object.keys(fleet.nodes).map((node) => fleet.client(node)));
      const client = await wanderer(way);
      await introduce(client);
      const heard = collect(client, "count");
      const total = 10_000 / speakers.length - ((10_000 / speakers.length) % 10);
      let fresh = 0;
      client.on("connect", () => client.recovered || fresh++);
      const speaking = speakers.map(async (speaker, who) => {
        for (let i = 0; i < total; i += 10) {
          const burst = Array.from({ length: 10 }, (_, k) => ask(speaker, "broadcast", { self: true }, "count", who, i + k));
          await Promise.all(burst);
        }
      });
      let moves = 0;
      const done = Promise.all(speaking).then(() => (moves = Infinity));
      for (; moves < 40; moves++) {
        const gone = next(client, "disconnect");
        way.leadTo(moves % 2 ? fleet.nodes.a.port : fleet.nodes.b.port);
        await gone;
        await until("it is back", () => client.connected);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await done;
      await until("all has come", () => fresh > 0 || heard.length >= speakers.length * total);
      equal(fresh, 0, "times that it came anew");
      for (const who of speakers.keys())
        equal(heard.filter(([from]) => from === who).map(([, i]) => i), Array.from({ length: total }, (_, i) => i), `what ${who} said`);
      client.disconnect();
    });

    for (const transports of ways) test(`servers that are started anew in turn lose nothing, ${transports.join(" to ")}`, { timeout: 120_000, skip: loses }, async () => {
      const witness = kinds.includes("node") && collect(await fleet.client("c"), "tick");
      const speaker = kinds.includes("node") && (await fleet.client("c"));
      way.leadTo(fleet.nodes.a.port);
      const client = await wanderer(way, { transports });
      await introduce(client);
      const heard = collect(client, "tick");
      let said = 0;
      for (const name of ["a", "b", "a", "b"]) {
        const { port } = fleet.nodes[name];
        if (way.port !== port) {
          const moved = next(client, "disconnect");
          way.leadTo(port);
          await moved;
          check(await backAgain(client), "it came anew");
        }
        const others = speaker || (await fleet.client(name === "a" ? "b" : "a"));
        const speak = async () => {
          for (let i = 0; i < 20; i++) await ask(others, "broadcast", { self: true }, "tick", said++);
        };
        await speak();
        const gone = next(client, "disconnect");
        way.port = 1; // nowhere, until its server is there again
        const ended = fleet.nodes[name].stop();
        await Promise.all([gone, speak()]);
        equal(await ended, 0, "its exit status");
        await speak();
        await fleet.restart(name);
        await speak();
        way.leadTo(port);
        check(await backAgain(client), "it came anew");
        await speak();
      }
      const all = Array.from({ length: said }, (_, i) => [i]);
      await until("all has come", () => heard.length >= said);
      equal(heard.map(([i]) => [i]), all, "what came");
      if (witness) equal(witness, all, "what a client of Node got");
      client.disconnect();
    });

    test("a server that is told to end hands its sessions over", { timeout: 60_000 }, async () => {
      way.leadTo(fleet.nodes.a.port);
      const speaker = await fleet.client("b");
      const client = await wanderer(way);
      await introduce(client);
      const heard = collect(client, "news");
      const gone = next(client, "disconnect");
      way.port = 1;
      const ended = fleet.nodes.a.stop();
      await gone;
      equal(await ended, 0, "its exit status");
      for (let i = 0; i < 10; i++) await ask(speaker, "broadcast", {}, "news", i);
      way.leadTo(fleet.nodes.b.port);
      check(await backAgain(client), "it came anew");
      await until("all has come", () => heard.length >= 10);
      equal(heard.map(([i]) => i), Array.from({ length: 10 }, (_, i) => i), "what it missed");
      client.disconnect();
    });
  });
}

describe("a server whose connection Redis cuts, since it reads too slowly", () => {
  let redis;
  let fleet;
  before(async () => {
    redis = await Redis.start("--client-output-buffer-limit", "pubsub 3mb 0 0");
    fleet = await Fleet.start(redis, ["kedge4", "kedge"], "--adapter", "classic", "--recovery");
  });
  after(async () => {
    await fleet?.end();
    await redis.end();
  });

  test("who stayed gets what it missed, in order and once", { timeout: 120_000 }, async () => {
    const [speaker, client] = [await fleet.client("a"), await fleet.client("b")];
    await until("the servers know each other", async () => (await ask(speaker, "fleet-fetch", [speaker.id, client.id]))[1].length === 2);
    const admin = await createClient({ url: redis.url }).connect();
    admin.on("error", () => {});
    const connections = async () => Number(/total_connections_received:(\d+)/.exec(await admin.info("stats"))[1]);
    const before = await connections();
    const heard = collect(client, "news");
    let said = 0;
    const say = async (many, bytes) => {
      for (let i = 0; i < many; i++) await ask(speaker, "broadcast", {}, "news", said++, "x".repeat(bytes));
    };
    await say(10, 10);
    fleet.nodes.b.child.kill("SIGSTOP");
    await say(190, 65_536);
    fleet.nodes.b.child.kill("SIGCONT");
    await say(50, 10);
    await until("all has come", () => heard.length >= said, 60_000);
    equal(heard.map(([i]) => i), Array.from({ length: said }, (_, i) => i), "what came");
    check((await connections()) > before, "Redis has cut nobody off");
    admin.destroy();
  });
});
