// Recorded conversations of real clients, played again with changes, and cut off behind each of their bytes (each run takes
// one byte of some, the next run others): others are served meanwhile, the server lives, and nothing of it stays behind.
import { get } from "node:http";
import { before, describe, test } from "node:test";
import { check, equal, until } from "./lib/check.mjs";
import { clients } from "./lib/clients.mjs";
import { built, Program } from "./lib/programs.mjs";
import { nodeWorld } from "./lib/worlds.mjs";
import { witness } from "./soak/acts.mjs";
import { Guest } from "./soak/guest.mjs";
import { Dice, Ledger } from "./soak/ledger.mjs";
import { changed, upTo } from "./soak/mutations.mjs";
import { strangers } from "./soak/strangers.mjs";
import { Player, Recorder, sizeOf } from "./soak/tape.mjs";

const seed = Number(process.env.KEDGE_MUTATIONS_SEED ?? 1);
const times = Number(process.env.KEDGE_MUTATIONS ?? 30); // changed replays of each conversation
const stride = Number(process.env.KEDGE_MUTATIONS_STRIDE ?? 13); // 1: behind every byte in one run
const atOnce = 8;
const endings = ["fin", "reset", "silence"];
const client = (name) => clients.find((one) => one.name === name);

async function talk(world, dice, who, transport, options = {}) {
  const guest = await Guest.open(world, who, transport, { ...nodeWorld(who).options, ...options });
  await guest.ask("join", ["a", "b"]);
  await guest.echo(["é".repeat(20), Buffer.from([0, 1, 255])]);
  await guest.count(2);
  await guest.ask("ask", 7);
  guest.leaving = true;
  guest.socket.disconnect();
  guest.tidy();
  return guest;
}

// A client that loses its connection and comes back to its socket.
async function recover(world) {
  const guest = await Guest.open(world, client("4.8"), "websocket", { reconnection: true, reconnectionDelay: 10 });
  await until("it hears the news", () => guest.news.last !== undefined);
  guest.leaving = true;
  const back = new Promise((resolve) => guest.socket.once("connect", resolve));
  guest.line.cut();
  await guest.within("it returns", back);
  check(guest.socket.recovered, "it was recovered");
  await guest.count(1);
  guest.socket.disconnect();
  guest.tidy();
}

const conversations = {
  "revision 3, polling": (world, dice) => talk(world, dice, client("1.7.4"), "polling"),
  "revision 3, upgrade": (world, dice) => talk(world, dice, client("2.5"), "upgrade"),
  "revision 4, polling": (world, dice) => talk(world, dice, client("4.8"), "polling"),
  "revision 4, upgrade": (world, dice) => talk(world, dice, client("4.0"), "upgrade"),
  "revision 4, deflated": (world, dice) => talk(world, dice, client("4.8"), "websocket", { perMessageDeflate: { threshold: 0 } }),
  JSONP: (world, dice) => strangers.jsonp(world, dice),
  recovery: (world) => recover(world),
  MessagePack: (world, dice) => talk(world, dice, client("4.8 msgpack"), "websocket"),
};

async function record(server, ledger, dice, converse) {
  const recorder = await Recorder.to(server.port);
  await converse({ url: recorder.url, ledger, patience: 20_000 }, dice);
  await new Promise((resolve) => setTimeout(resolve, 400));
  const tape = await recorder.stop();
  check(sizeOf(tape) > 200, `a conversation of ${sizeOf(tape)} bytes`);
  return tape;
}

/** The ways in which a tape is played: `[what, events, ending]`. */
function* plays({ events }, size, dice) {
  for (let byte = seed % stride; byte <= size; byte += stride)
    yield [`${byte} bytes`, upTo(events, byte), endings[(byte + Math.floor(seed / stride)) % 3]];
  for (let i = 0; i < times; i++) {
    const { names, events: other } = changed(events, dice);
    yield [names.join(", "), other, dice.pick(endings)];
  }
}

async function playAll(server, tape, dice) {
  const queue = plays(tape, sizeOf(tape), dice);
  const silent = [];
  const one = async () => {
    for (let next; !(next = queue.next()).done;) {
      const [, events, ending] = next.value;
      const player = new Player(server.port, tape.sid);
      await player.play(events);
      player.end(ending);
      if (ending === "silence") silent.push(player);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return silent;
}

/** On a connection of its own, which the server counts. */
const figures = (server) => new Promise((resolve, reject) => {
  get(`${server.url}/stats`, { agent: false }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (more) => (text += more)).on("end", () => resolve(JSON.parse(text)));
  }).on("error", reject);
});
const held = ({ sessions, connections, present, rooms, members, unattended, descriptors }) =>
  ({ sessions, connections: connections - 1, present, rooms, members, unattended, descriptors });

const start = (name) => Program.start(built("interop/soak_server"), ["--port", "0", ...(name === "MessagePack" ? ["--parser", "msgpack"] : [])]);

/** Plays one conversation in all its forms to a server of its own, and looks at what has become of that. */
async function maltreat(name, tape, ledger, dice) {
  const server = await start(name);
  const before = held(await figures(server));
  let over = false;
  const who = name === "MessagePack" ? client("4.8 msgpack") : client("4.8");
  const served = witness({ url: server.url, ledger, patience: 20_000, options: nodeWorld(who).options }, who, "websocket", () => over);
  const silent = await playAll(server, tape, dice);
  over = true;
  await served;
  equal(ledger.faults, [], "what the witness has seen");
  let now;
  await until("nothing has stayed behind", async () => {
    now = held(await figures(server));
    return JSON.stringify(now) === JSON.stringify(before);
  }).catch(() => equal(now, before, "what the server holds when all have gone"));
  silent.forEach((player) => player.drop());
  equal(await server.stop(), 0, "exit status");
}

describe("conversations that were changed, kedge", { concurrency: 8 }, () => {
  const tapes = {};
  // One after the other, while nothing else takes the clients' time.
  before(async () => {
    for (const name of Object.keys(conversations)) {
      const server = await start(name);
      const ledger = new Ledger();
      tapes[name] = await record(server, ledger, new Dice(seed), conversations[name]);
      equal(ledger.faults, [], `what ${name} has seen`);
      await server.stop();
    }
  });

  for (const [i, name] of Object.keys(conversations).entries()) {
    test(name, async () => {
      await maltreat(name, tapes[name], new Ledger(), new Dice(seed + i)).catch((error) => {
        error.message = `KEDGE_MUTATIONS_SEED=${seed}: ${error.message}`;
        throw error;
      });
    });
  }
});
