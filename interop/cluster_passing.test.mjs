// Fleets without sticky sessions: three servers behind an nginx that sends each request to the next of them.
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { connect } from "node:net";
import { io as newest } from "socket.io-client";
import { check, equal, until, within } from "./lib/check.mjs";
import { ask, collect, Fleet, Redis } from "./lib/fleets.mjs";
import { JsonpClient } from "./lib/jsonp_client.mjs";
import { freePort, nginx } from "./lib/proxies.mjs";

const older = createRequire(import.meta.url)("socket.io-client-2");
const transports = { websocket: ["websocket"], polling: ["polling"], upgrade: ["polling", "websocket"] };
const many = 12;
const patience = 30_000;

/** Three servers that list each other, or meet in Redis. */
async function startFleet(redis, kinds = ["kedge", "kedge4", "kedge"]) {
  if (redis) return Fleet.start(redis, kinds, "--fleet-address", "127.0.0.1:0");
  const addresses = [];
  for (const _ of kinds) addresses.push(`127.0.0.1:${await freePort()}`);
  return Fleet.startEach(kinds, (index) => ["--fleet-address", addresses[index], ...addresses.flatMap((each) => ["--fleet-node", each])]);
}

const connected = (socket) => within(patience, "a connection", new Promise((resolve) => socket.once("connect", resolve)));

/** The same of one that does not try again. */
const admitted = (socket) =>
  Promise.race([connected(socket), new Promise((_, reject) => socket.once("connect_error", reject))]);

/** A whole life by the official client: nothing is lost, doubled or out of order, and there is no second connection. */
async function live(io, url, transport, number) {
  const socket = io(url, { forceNew: true, transports: transports[transport], reconnection: false });
  const back = collect(socket, "message-back");
  const gone = collect(socket, "disconnect");
  try {
    await admitted(socket);
    for (let i = 0; i < 15; ++i) {
      socket.emit("message", number, i);
      equal(await ask(socket, "message-with-ack", number, i, "é"), [number, i, "é"], "an ack");
    }
    if (transport === "upgrade") await until("it upgrades", () => socket.io.engine.transport.name === "websocket");
    const large = "x".repeat(200_000);
    equal((await ask(socket, "message-with-ack", large))[0].length, large.length, "what comes back of a large one");
    await until("all is back", () => back.length === 15, patience);
    equal(back, Array.from({ length: 15 }, (_, i) => [number, i]), "what came");
    equal(gone, [], "ends before the end");
  } finally {
    socket.disconnect();
  }
}

async function liveByScripts(url, number) {
  const client = await new JsonpClient(url).connect();
  for (let i = 0; i < 15; ++i) {
    equal(await client.emit("message-with-ack", number, i), [number, i], "an ack");
    await client.send(`42${JSON.stringify(["message", number, i])}`);
  }
  const back = () => client.heard.filter(([name]) => name === "message-back").map(([, ...rest]) => rest);
  await until("all is back", () => back().length === 15, patience);
  equal(back(), Array.from({ length: 15 }, (_, i) => [number, i]), "what came");
  await client.close();
}

const each = (count, run) => Promise.all(Array.from({ length: count }, (_, i) => run(i)));

/** Of all nodes together: what was passed on, what failed, what came, what was refused. */
async function figures(fleet) {
  const sum = [0, 0, 0, 0];
  for (const name of Object.keys(fleet.nodes)) {
    const socket = await fleet.client(name);
    (await ask(socket, "passed")).forEach((value, i) => (sum[i] += value));
    socket.disconnect();
  }
  return sum;
}

/** The same when nothing is on its way any more: clients that have left leave requests behind. */
async function restingFigures(fleet) {
  let now = await figures(fleet);
  let same = 0;
  await until("nothing moves", async () => {
    const before = now;
    now = await figures(fleet);
    same = String(before) === String(now) ? same + 1 : 0;
    return same === 3;
  }, patience);
  return now;
}

const ways = Object.keys(transports).flatMap((way) => [["4.8", newest, way], ["2.5", older, way]]);

for (const meeting of ["a list", "Redis"]) {
  describe(`nodes that know each other by ${meeting}`, () => {
    let redis;
    let fleet;
    let balancer;
    before(async () => {
      if (meeting === "Redis") redis = await Redis.start();
      fleet = await startFleet(redis);
      balancer = await nginx(...Object.values(fleet.nodes).map(({ port }) => port));
      await until("they know each other", () => live(newest, balancer.url, "polling", 0).then(() => true, () => false), patience);
    });
    after(async () => {
      await balancer?.stop();
      await fleet?.end();
      await redis?.end();
    });

    for (const [generation, io, way] of ways)
      test(`${generation} ${way}`, { timeout: 90_000 }, () => each(many, (i) => live(io, balancer.url, way, i)));
    test("2.5 JSONP", { timeout: 90_000 }, () => each(many, (i) => liveByScripts(balancer.url, i)));
    test("what is passed on is counted on both sides, and nothing fails", async () => {
      const before = await restingFigures(fleet);
      await each(3, (i) => live(newest, balancer.url, "polling", i));
      const [passed, failed, came, refused] = await restingFigures(fleet);
      check(passed - before[0] > 30, `${passed - before[0]} requests were passed on`);
      // A client that leaves at once may take a request along that was on its way.
      const lost = passed - before[0] - (came - before[2]);
      check(lost >= 0 && lost <= 3, `${lost} of those that were passed on did not come`);
      equal([failed, refused], before.filter((_, i) => i % 2), "those that failed");
    });
  });
}

describe("nodes that fail", () => {
  let fleet;
  let balancer;
  before(async () => {
    fleet = await startFleet(undefined, ["kedge", "kedge", "kedge"]);
    balancer = await nginx(...Object.values(fleet.nodes).map(({ port }) => port));
  });
  after(async () => {
    await balancer?.stop();
    await fleet?.end();
  });

  /** Clients that come again by themselves, at home on one node and known to a balancer alone. */
  async function clientsOf(name, count, way) {
    return each(count, async () => {
      for (;;) {
        const socket = newest(balancer.url, { forceNew: true, transports: transports[way], reconnectionDelay: 50, reconnectionDelayMax: 200, timeout: 3000 });
        await connected(socket);
        if ((await ask(socket, "node"))[0] === name) return socket;
        socket.disconnect();
      }
    });
  }

  for (const way of ["polling", "upgrade"]) {
    test(`clients of a node that is killed come again: ${way}`, { timeout: 90_000 }, async () => {
      const { c: doomed } = fleet.nodes;
      const sockets = await clientsOf("c", 4, way);
      const back = sockets.map(connected);
      await doomed.kill();
      await Promise.all(back);
      for (const socket of sockets) {
        check((await ask(socket, "node"))[0] !== "c", "it is elsewhere now");
        socket.disconnect();
      }
      await fleet.restart("c");
    });
  }

  test("a node that hangs is not waited for", { timeout: 90_000 }, async () => {
    const { a, b } = fleet.nodes;
    const target = "/socket.io/?EIO=4&transport=polling";
    const { sid } = JSON.parse((await (await fetch(b.url + target)).text()).slice(1));
    const post = async () => {
      const answer = await fetch(`${a.url}${target}&sid=${sid}`, { method: "POST", body: "40" });
      return [answer.status, await answer.text()];
    };
    equal(await post(), [200, "ok"], "by way of another node");
    b.child.kill("SIGSTOP");
    try {
      const unknown = [400, '{"code":1,"message":"Session ID unknown"}'];
      equal(await within(10_000, "an answer", post()), unknown, "the answer while it hangs");
      const begun = Date.now();
      for (let i = 0; i < 5; ++i) equal(await post(), unknown, "the answer of a suspect");
      check(Date.now() - begun < 1500, "a suspect is not asked");
    } finally {
      b.child.kill("SIGCONT");
    }
    await until("it is trusted again", async () => (await post())[0] === 200);
  });

  test("strangers on the nodes' port are not served", async () => {
    const port = Number(fleet.nodes.a.args[fleet.nodes.a.args.indexOf("--fleet-address") + 1].split(":")[1]);
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    socket.on("data", (bytes) => (heard += bytes));
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n");
    await within(patience, "it is closed", ended);
    equal(heard, "", "what it was told");
  });
});
