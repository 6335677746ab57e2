// A client of any generation in a soak: what it sends is numbered, and what it hears is checked.
import { createRequire } from "node:module";
import { Failure, within } from "../lib/check.mjs";
import { clients } from "../lib/clients.mjs";
import { Line } from "./line.mjs";
import { Stream } from "./ledger.mjs";

const require = createRequire(import.meta.url);
// Loaded at once: later it would take the time of clients that are connected.
const generations = Object.fromEntries(clients.map(({ module }) => [module, require(module)]));
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

export class Guest {
  sent = 0;
  told = new Map(); // the last number of each sender in a room
  leaving = false;

  /** `world`: url, ledger, patience. `client`: a row of lib/clients.mjs. */
  static async open(world, client, transport, { path = "/", ...options } = {}) {
    const guest = new Guest(world, client, transport, path, options);
    await guest.connected();
    return guest;
  }

  constructor(world, client, transport, path, options) {
    Object.assign(this, { world, client, transport, ledger: world.ledger });
    this.name = `${client.name} ${transport} ${path} #${(world.number = (world.number ?? 0) + 1)}`;
    this.line = new Line();
    this.socket = generations[client.module](world.url + path, {
      transports: transports[transport], forceNew: true, reconnection: false, agent: this.line, timeout: world.patience,
      // Of the ten messages that ws inflates at a time in a process it loses one with each client that is cut off meanwhile.
      perMessageDeflate: world.number % 6 === 0 ? { threshold: 1024, concurrencyLimit: Infinity } : false,
      ...options,
    });
    this.listen();
    this.ledger.add("clients");
  }

  listen() {
    const { socket, ledger } = this;
    for (const name of ["connect_error", "error", "connect_timeout"]) socket.on(name, () => {});
    socket.on("connect", () => this.begin());
    // An event that arrives while its connection ends is kept by the client, which does not count it as heard and is sent it again.
    socket.io.on("open", () => (socket.receiveBuffer = []));
    socket.on("news", (number) => this.news?.take(number));
    socket.on("tick", (number) => this.ticks?.take(number));
    socket.on("asked", (number, answer) => answer(number));
    socket.on("said", (from, number) => {
      if (!this.told.has(from)) this.told.set(from, new Stream(ledger, `${this.name} in a room`));
      this.told.get(from).take(number);
    });
    socket.on("disconnect", (reason) => {
      if (!this.leaving) ledger.fault(`${this.name} lost its connection: ${reason}`);
    });
  }

  // A socket that was recovered goes on where it was; its ticks begin anew, as its handlers do on the server.
  begin() {
    if (!this.socket.recovered) this.news = new Stream(this.ledger, `${this.name} hears the news`);
    this.ticks = new Stream(this.ledger, `${this.name} hears ticks`, { gaps: true });
  }

  within(what, promise) {
    return within(this.world.patience, `${this.name}: ${what}`, promise);
  }

  connected() {
    return this.within("connect", new Promise((resolve, reject) => {
      this.socket.on("connect", resolve);
      const refused = (error) => reject(new Failure(`${this.name} could not connect: ${error?.message ?? error} ${error?.description?.message ?? ""}`));
      this.socket.on("connect_error", refused);
      this.socket.on("error", refused);
    }));
  }

  emit(...args) {
    this.socket.emit(...args);
  }

  ask(...args) {
    return this.within(`an answer to ${args[0]}`, new Promise((resolve) => this.emit(...args, resolve)));
  }

  /** Sends numbered events, and waits until the server has counted all of them. */
  async count(events, size = 0) {
    const text = "c".repeat(size);
    for (let i = 0; i < events; i++) this.emit("count", ++this.sent, text);
    await this.fence();
  }

  async fence() {
    const counted = await this.ask("fence");
    if (counted !== this.sent) this.ledger.fault(`${this.name}: the server has counted ${counted} of ${this.sent}`);
    this.ledger.add("messages checked", counted);
  }

  /** What is echoed comes back in order, whole. */
  async echo(payloads) {
    let next = 0;
    const all = new Promise((resolve, reject) => {
      const hear = (number, payload) => {
        const wanted = payloads[next];
        if (number !== next || !same(payload, wanted)) reject(new Failure(`${this.name}: echo ${number} where ${next} was due`));
        this.ledger.add("messages checked");
        if (++next === payloads.length) resolve(this.socket.off?.("echoed", hear));
      };
      this.socket.on("echoed", hear);
    });
    payloads.forEach((payload, i) => this.emit("echo", i, payload));
    if (payloads.length) await this.within("its echoes", all);
  }

  /** Many numbered events of the server's, of which it reads all. */
  async drink(events, size) {
    const stream = new Stream(this.ledger, `${this.name} in a flood`, { first: 1 });
    const all = new Promise((resolve) => {
      const hear = (number) => {
        stream.take(number);
        if (number === events) resolve(this.socket.off?.("flooded", hear));
      };
      this.socket.on("flooded", hear);
    });
    this.emit("flood", events, size);
    await this.within("the end of a flood", all);
  }

  /** Leaves in one of the ways there are. */
  leave(how) {
    this.leaving = true;
    this.ledger.add(`left by ${how}`);
    if (how === "disconnect") this.socket.disconnect();
    if (how === "close") this.socket.io.engine.close();
    if (how === "fin") this.line.cut();
    if (how === "reset") this.line.cut({ reset: true });
    this.tidy();
  }

  // Whatever the way, nothing of the client goes on by itself.
  tidy() {
    this.leaving = true;
    setTimeout(() => {
      this.socket.disconnect();
      this.socket.io.engine?.close?.();
      this.line.end();
    }, 300).unref();
  }
}

function same(a, b) {
  if (typeof b === "string") return a === b;
  return Buffer.compare(Buffer.from(a), b) === 0;
}

export const endings = ["disconnect", "close", "fin", "reset"];
