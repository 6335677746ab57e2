// Recovery with 4 workers: clients come back to whichever worker they land on, several claim one session at once.
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import { check, equal, until, within } from "./lib/check.mjs";
import { clients, nodeTransports } from "./lib/clients.mjs";
import { targetByName } from "./lib/targets.mjs";
import { performHere } from "./lib/worlds.mjs";
import { audience, away, news, recovering } from "./scenarios/recovering.mjs";

const target = targetByName("kedge");
const client = clients.find(({ name }) => name === "4.8");

// The worker that made a session's id is told by a byte in it.
const workerOf = (peer) => Buffer.from(peer.engine.id, "base64url")[11];

/** Cuts one listener's wire, lets it miss what it must not lose, and lets it come back. */
async function oneRound(rig, { wire, peer, speaker, muted, say }, round) {
  const { id } = peer;
  const pid = peer.socket._pid;
  if (rig.finalTransport === "polling") await wire.pollWaits();
  wire.cut();
  await away(peer);
  const [name, reason, rooms] = await speaker.next("gone");
  equal(name, rig.unique("listener"), "the data that came along the last time");
  equal(rooms.length, 2, `rooms when it left for ${reason}`);
  const missed = Array.from({ length: 20 }, (_, i) => [`missed ${i}`, round, rig.bytes([i])]);
  for (const [i, args] of missed.entries()) await say(i % 5 ? {} : { self: true }, ...args);
  await say({ except: [muted] }, "not for the muted");
  wire.mend();
  for (const args of missed) equal(await news(peer), args, "what was missed");
  await peer.next("connect");
  equal([peer.socket.recovered, peer.id, peer.socket._pid], [true, id, pid], "recovered, id, pid");
  await peer.settled();
  await say({}, "live", round);
  equal(await news(peer), ["live", round], "the next after what was missed");
  equal(peer.count("news"), 0, "news that came twice");
}

const fromWorkerToWorker = {
  name: "from worker to worker",
  async run(rig) {
    const all = await audience(rig);
    const met = new Set([workerOf(all.peer)]);
    for (let round = 0; round < 40 && (round < 4 || met.size < 3); round++) {
      await oneRound(rig, all, round);
      met.add(workerOf(all.peer));
    }
    check(met.size >= 3, `it met only the workers ${[...met]}`);
  },
};

/** A client by hand that claims somebody's session. */
class Claimant {
  heard = [];

  static async enter(url, claim) {
    const made = new Claimant();
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    Object.assign(made, { socket, gone: false });
    socket.on("message", (data) => made.heard.push(String(data)));
    socket.on("close", () => (made.gone = true));
    await until("the session is open", () => made.heard.length > 0);
    socket.send("40" + JSON.stringify(claim));
    return made;
  }

  get id() {
    const reply = this.heard.find((text) => text.startsWith("40"));
    return reply && JSON.parse(reply.slice(2)).sid;
  }
  /** Resolves when everything that was sent before has been handled, or the connection has ended. */
  async settle() {
    await until("an answer, or the end", () => this.gone || this.id);
    if (!this.gone) this.socket.send('4277["message-with-ack"]');
    await until("an answer, or the end", () => this.gone || this.heard.includes("4377[]"));
    this.heard = this.heard.filter((text) => text !== "4377[]");
  }
  count(word) {
    return this.heard.filter((text) => text.startsWith("42") && text.includes(word)).length;
  }
}

// Each may have it for a moment; at the end one has it, and the others have ended or are somebody else.
const manyClaims = {
  name: "many claim one session",
  async run(rig) {
    const { wire, peer, speaker, say } = await audience(rig);
    const claim = { pid: peer.socket._pid, offset: peer.socket._lastOffset };
    const { id } = peer;
    wire.cut();
    await away(peer);
    await speaker.next("gone");
    peer.socket.disconnect();
    await say({}, "missed");
    const all = await Promise.all(Array.from({ length: 12 }, () => Claimant.enter(rig.url, claim)));
    for (const each of all) await each.settle();
    const present = all.filter((each) => !each.gone);
    equal(new Set(present.map((each) => each.id)).size, present.length, "ids of those who are there");
    const [owner, ...others] = present.filter((each) => each.id === id);
    check(owner && !others.length, "one of them has the session");
    equal(owner.count("missed"), 1, "what the owner has missed");
    await say({}, "live");
    await until("the owner hears what is said", () => owner.count("live") === 1);
    for (const each of present) await each.settle();
    equal(present.reduce((sum, each) => sum + each.count("live"), 0), 1, "who hears it");
    all.forEach((each) => each.socket.terminate());
  },
};

describe("recovery, 4 workers", { concurrency: 6 }, () => {
  let program;
  before(async () => (program = await target.app(["--port", "0", "--threads", "4", "--recovery"])));
  after(async () => equal(await program.stop(), 0, "exit status"));
  const perform = (scenario, transport) => () => within(60_000, scenario.name, performHere({ scenario, client, transport, target, program }));
  for (const transport of nodeTransports)
    for (const scenario of [fromWorkerToWorker, ...recovering]) test(`${scenario.name}, ${transport}`, perform(scenario, transport));
  test(manyClaims.name, perform(manyClaims, "websocket"));
});
