// An operator as the page for operators sees a server, by the official client; and what it was told, so that two servers
// can be compared.
import { io } from "socket.io-client";
import { until, within } from "./check.mjs";

/** bcrypt's hash of "secret", of the lowest cost. */
export const hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
export const credentials = { username: "ada", password: "secret" };

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What differs from run to run, under names: ids by the order in which they were met, moments, what a client sends of itself. */
class Names {
  met = new Map();

  of(id, kind) {
    if (!this.met.has(id)) this.met.set(id, `${kind} ${this.met.size + 1}`);
    return this.met.get(id);
  }

  plain(value) {
    if (Array.isArray(value)) return value.map((each) => this.plain(each));
    if (value && typeof value === "object") return this.object(value);
    if (typeof value !== "string") return value;
    if (moment.test(value)) return "a moment";
    return this.met.get(value) ?? value;
  }

  object(from) {
    const to = {};
    for (const [key, value] of Object.entries(from).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (key === "headers") to[key] = Object.keys(value).filter((name) => name !== "content-length").sort();
      else if (key === "issued" || key === "clientId") to[key] = `${typeof value} of ${key === "issued" ? 0 : value.length}`;
      else if (key === "time" || key === "url") to[key] = typeof value;
      else if (key === "query") to[key] = Object.keys(value).sort();
      else to[key] = this.plain(value);
    }
    return to;
  }
}

export class Operator {
  names = new Names();
  told = [];
  stats = [];

  /** Resolves when it has entered, or was refused: see `refusal`. */
  static async enter(url, auth, { namespace = "/admin", ...options } = {}) {
    const one = new Operator();
    one.socket = io(url + namespace, { auth, forceNew: true, transports: ["websocket"], reconnection: false, ...options });
    one.socket.onAny((...event) => one.hear(event));
    await within(20_000, "an answer to an operator", new Promise((resolve) => {
      one.socket.once("connect", () => (one.told.push(["connect"]), resolve()));
      one.socket.once("connect_error", (error) => ((one.refusal = [error.message, error.data]), resolve()));
    }));
    return one;
  }

  hear(event) {
    if (event[0] === "server_stats") this.stats.push(event[1]);
    else if (event[0] === "session") (this.session = event[1]), this.told.push(["session", event[1].length]);
    else this.told.push(event);
  }

  /** Waits until it has been told so many of an event. */
  sees(name, count = 1) {
    return until(`the operator is told ${count} × ${name}`, () => this.told.filter(([each]) => each === name).length >= count);
  }

  /** All that it was told since the last time, without what differs from run to run. */
  take() {
    const all = this.told.splice(0);
    for (const [name, first, id] of all) {
      if (name === "socket_connected") this.names.of(first.id, "socket");
      if (name === "room_joined") this.names.of(id, "socket");
    }
    return all.map((event) => this.names.plain(event));
  }

  leave() {
    this.socket.disconnect();
  }
}
