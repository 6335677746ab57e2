// What official clients do in a soak: each act is a life or several, from the handshake to the end.
import { clients, nodeTransports } from "../lib/clients.mjs";
import { until } from "../lib/check.mjs";
import { Wire } from "../lib/wire.mjs";
import { endings, Guest } from "./guest.mjs";

const plain = clients.filter(({ parser }) => !parser);
const newest = plain.at(-1);
const anyone = (dice) => [dice.pick(plain), dice.pick(nodeTransports)];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const payloads = (dice) => Array.from({ length: dice.between(1, 12) }, (_, i) =>
  i % 3 === 2 ? Buffer.alloc(dice.between(0, 5000), i) : "é€😀\u2028".repeat(dice.between(0, 400)));

// What one client may do, one after the other.
const deeds = [
  (guest, dice) => guest.count(dice.between(1, 200), dice.between(0, 1000)),
  (guest, dice) => guest.echo(payloads(dice)),
  (guest, dice) => guest.drink(dice.between(1, 300), dice.between(0, 3000)),
  (guest, dice) => pause(dice.between(0, 300)),
  async (guest, dice) => {
    const number = dice.between(1, 1e6);
    if ((await guest.ask("ask", number)) !== number) guest.ledger.fault(`${guest.name}: another answer than its own`);
  },
  async (guest, dice) => {
    const rooms = Array.from({ length: dice.between(1, 60) }, (_, i) => `r${i}`);
    await guest.ask("join", rooms);
    await guest.ask("leave", rooms[0]);
  },
];

/** One client that talks for a while. */
async function talker(world, dice) {
  const path = dice.pick(["/", "/", "/slow", `/d-${dice.between(0, 50)}`]);
  const guest = await Guest.open(world, ...anyone(dice), { path });
  for (let i = dice.between(0, 5); i > 0; i--) await dice.pick(deeds)(guest, dice);
  if (dice.chance(0.15)) return leftByServer(guest, dice);
  guest.leave(dice.pick(endings));
}

async function leftByServer(guest, dice) {
  guest.leaving = true;
  guest.ledger.add("left by the server's will");
  guest.emit("leave-me", dice.chance(0.5));
  await guest.within("the server disconnects it", new Promise((resolve) => guest.socket.on("disconnect", resolve)));
  guest.tidy();
}

/** Clients of several generations in a room: each hears everything of everybody, in order. */
async function crowd(world, dice) {
  const room = `crowd-${dice.between(1, 1e9)}`;
  const guests = await Promise.all(Array.from({ length: dice.between(2, 5) }, () => Guest.open(world, ...anyone(dice))));
  await Promise.all(guests.map((guest) => guest.ask("join", room)));
  const words = dice.between(5, 40);
  const ids = guests.map(({ socket }) => socket.id);
  for (let number = 1; number <= words; number++) {
    guests.forEach((guest) => guest.emit("say", room, number, "w".repeat(dice.between(0, 500))));
    if (dice.chance(0.1)) await pause(dice.between(0, 50));
  }
  for (const guest of guests) {
    await until(`${guest.name} heard all in its room`, () => guest.told.size === ids.length && [...guest.told.values()].every(({ last }) => last === words), world.patience);
  }
  guests.forEach((guest) => guest.leave(dice.pick(endings)));
}

/** Loses its connection again and again, and hears the news as if it had not. */
async function returner(world, dice) {
  const guest = await Guest.open(world, newest, dice.pick(nodeTransports), { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
  await until(`${guest.name} hears the news`, () => guest.news.last !== undefined, world.patience);
  for (let i = dice.between(1, 4); i > 0; i--) {
    guest.leaving = true;
    const back = new Promise((resolve) => guest.socket.once("connect", resolve));
    guest.line.cut({ reset: dice.chance(0.5) });
    // One that polls learns of a torn answer when pings are missing, too late for recovery: it is told.
    guest.socket.io.engine?.transport.onError("cut off");
    await guest.within("it returns", back);
    guest.leaving = false;
    guest.ledger.add(guest.socket.recovered ? "recoveries" : "returns as a new client");
    const heard = guest.news.last;
    await until(`${guest.name} hears the news again`, () => guest.news.last !== heard, world.patience);
  }
  guest.leave(dice.pick(endings));
}

/** Asks for more than it reads, and reads nothing. */
async function deaf(world, dice) {
  const guest = await Guest.open(world, ...anyone(dice));
  guest.leaving = true;
  guest.line.deafen();
  guest.emit("flood", dice.between(100, 3000), dice.between(1000, 5000));
  await pause(dice.between(200, 2500));
  guest.leave(dice.pick(["fin", "reset"]));
}

/** Its network dies without a word: the server has to find out. */
async function lost(world, dice) {
  const wire = await Wire.to(new URL(world.url).port);
  const guest = await Guest.open({ ...world, url: wire.url }, ...anyone(dice));
  await guest.count(dice.between(1, 20));
  guest.leaving = true;
  wire.freeze();
  guest.ledger.add("left without a word");
  guest.tidy();
  await pause(dice.between(1000, 9000));
  wire.close();
}

/** Stays all the time, is always answered, and remembers the longest wait. */
export async function witness(world, client, transport, over) {
  const guest = await Guest.open(world, client, transport, world.options);
  while (!over()) {
    const asked = performance.now();
    await guest.count(1);
    guest.ledger.most("longest wait of a witness, ms", Math.round(performance.now() - asked));
    await pause(20);
  }
  guest.leave("disconnect");
}

export const witnesses = [[newest, "websocket"], [newest, "polling"], [plain[1], "upgrade"]];
export const acts = { talker, crowd, returner, deaf, lost };
