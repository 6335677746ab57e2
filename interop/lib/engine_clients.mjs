// The generations of engine.io-client in one form.
import { createRequire } from "node:module";
import { within } from "./check.mjs";

const require = createRequire(import.meta.url);
const patience = 20_000;

export const engineClients = [
  { name: "engine 1.8", module: "engine.io-client-1", eio: "3" },
  { name: "engine 3.5", module: "engine.io-client-3", eio: "3" },
  { name: "engine 5", module: "engine.io-client-5", eio: "4" },
  { name: "engine 6", module: "engine.io-client", eio: "4" },
];
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
export const engineTransports = Object.keys(transports);

/** A session of one generation; what it receives waits in order. */
export class EngineSession {
  arrived = [];
  upgraded = false;

  static async open(client, transport, url) {
    const loaded = require(client.module);
    const Socket = loaded.Socket ?? loaded;
    const session = new EngineSession(new Socket(url, { transports: transports[transport] }));
    await session.event("open");
    return session;
  }

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => (this.arrived.push(data), this.wake?.()));
    socket.on("upgrade", () => (this.upgraded = true));
    socket.on("close", (reason) => (this.closed = reason));
    socket.on("error", (error) => (this.error = error));
  }

  get transport() {
    return this.socket.transport.name;
  }

  event(name) {
    return within(patience, `event ${name}`, new Promise((resolve, reject) => {
      this.socket.once(name, resolve);
      this.socket.once("error", reject);
    }));
  }

  async upgrade() {
    if (!this.upgraded) await this.event("upgrade");
  }

  async next() {
    if (!this.arrived.length) await within(patience, "a message", new Promise((resolve) => (this.wake = resolve)));
    return this.arrived.shift();
  }

  async close() {
    this.socket.close();
  }
}
