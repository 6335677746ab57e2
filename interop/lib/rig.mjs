// What a scenario works with: clients of one generation over one transport against one server. Runs in Node and in pages.
import { check, Failure, within } from "./check.mjs";

const usualEvents = ["auth", "message-back", "news", "volatile", "gone", "left", "error-seen", "welcome"];

const transports = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
  jsonp: { transports: ["polling"], forceJSONP: true },
  // What the client chooses where neither XMLHttpRequest nor WebSocket exist.
  oldest: {},
};

const encoded = (query) =>
  Object.entries(query).map((pair) => pair.map(encodeURIComponent).join("=")).join("&");

// Delivers what arrives in order, whether or not somebody waits already.
class Inbox {
  arrived = [];
  waiting = [];

  constructor(patience) {
    this.patience = patience;
  }

  put(item) {
    if (this.waiting.length) this.waiting.shift()(item);
    else this.arrived.push(item);
  }

  next(what) {
    if (this.arrived.length) return Promise.resolve(this.arrived.shift());
    return within(this.patience, what, new Promise((resolve) => this.waiting.push(resolve)));
  }
}

/** One client socket: its events in inboxes, its questions as promises. */
export class Peer {
  inboxes = new Map();

  constructor(rig, socket) {
    this.rig = rig;
    this.socket = socket;
    for (const name of [...usualEvents, "connect", "disconnect"]) this.listen(name);
    for (const name of ["connect_error", "error"]) socket.on(name, (error) => this.inbox("refusal").put([error]));
  }

  get id() {
    return this.socket.id;
  }
  get manager() {
    return this.socket.io;
  }
  get engine() {
    return this.manager.engine;
  }

  inbox(name) {
    if (!this.inboxes.has(name)) this.inboxes.set(name, new Inbox(this.rig.patience));
    return this.inboxes.get(name);
  }

  listen(name) {
    this.socket.on(name, (...args) => this.inbox(name).put(args));
    return this;
  }

  /** The arguments of the next event `name`, past or future. */
  next(name) {
    return this.inbox(name).next(`event ${name}`);
  }

  /** How many events `name` arrived that nobody took. */
  count(name) {
    return this.inbox(name).arrived.length;
  }

  emit(...args) {
    this.socket.emit(...args);
  }

  /** Emits with an acknowledgement and gives its arguments. */
  ask(...args) {
    return within(this.rig.patience, `ack of ${args[0]}`, new Promise((resolve) => this.emit(...args, (...answer) => resolve(answer))));
  }

  /** The refusal of the namespace, in one form for all generations. */
  async refusal() {
    const [error] = await this.next("refusal");
    if (typeof error === "string") return { message: error };
    return this.rig.client.eio === 3 ? error : { message: error.message, data: error.data };
  }

  /** Waits until the engine uses the transport that the scenario is about. */
  async settled() {
    if (this.rig.transport !== "upgrade" || this.rig.noUpgrade) return;
    const { engine } = this;
    if (engine.transport.name === "websocket") return;
    await within(this.rig.patience, "upgrade to websocket", new Promise((resolve) => engine.once("upgrade", resolve)));
  }

  /** Another namespace on the same connection. */
  async sibling(path, { wait = true, ...options } = {}) {
    const peer = new Peer(this.rig, this.manager.socket(path, this.rig.credentials(options)));
    if (wait) await peer.next("connect");
    return peer;
  }
}

/** Opens clients for one scenario and closes them all at its end. */
export class Rig {
  peers = [];
  patience = 20_000;
  stamp = Math.random().toString(36).slice(2, 10);

  /**
   * @param world `io` (the client's entry), `url`, `client` (a row of clients.mjs), `transport`, `options` (for every client),
   *   `bytes(list)` (binary as this world has it), `noUpgrade` (upgrades are broken on the way), `hooks` (what only Node can do), `manyHosts` (a domain
   *   whose names all lead to 127.0.0.1),
   *   `patience` (the longest wait for one thing, in ms)
   */
  constructor(world) {
    Object.assign(this, world);
  }

  has(feature) {
    return this.client.features.includes(feature);
  }

  get finalTransport() {
    const upgraded = this.transport === "websocket" || (this.transport === "upgrade" && !this.noUpgrade);
    return upgraded ? "websocket" : "polling";
  }

  /** A name that no other scenario uses. */
  unique(name) {
    return `${name}-${this.stamp}`;
  }

  // Clients before 3.0 know no auth; what they put into the query of a namespace arrives as such.
  credentials({ auth, query, ...rest }) {
    if (this.has("auth")) return { ...rest, ...(auth && { auth }), ...(query && { query }) };
    return auth || query ? { ...rest, query: encoded({ ...query, ...auth }) } : rest;
  }

  async open(path = "/", { settle = true, ...options } = {}) {
    const peer = this.start(path, options);
    await this.connected(peer);
    if (settle) await peer.settled();
    return peer;
  }

  /** A client that has just begun to connect. */
  start(path = "/", { url = this.address(), ...options } = {}) {
    return this.dial(this.io, url + path, { ...transports[this.transport], ...this.credentials(options) });
  }

  // Browsers open at most six connections to one host, too few for several polling clients: each gets its own name for it.
  address() {
    return this.manyHosts ? this.url.replace("127.0.0.1", `p${this.peers.length}.${this.manyHosts}`) : this.url;
  }

  /** A client of the newest generation over websocket, whatever the others are. */
  async openNewest() {
    const peer = this.dial(this.hooks.newest, this.address(), transports.websocket);
    await this.connected(peer);
    return peer;
  }

  dial(io, url, options) {
    const peer = new Peer(this, io(url, { forceNew: true, reconnection: false, ...this.options, ...options }));
    this.peers.push(peer);
    return peer;
  }

  async connected(peer) {
    const refused = peer.next("refusal").then(([error]) => {
      throw new Failure(`could not connect: ${error?.message ?? JSON.stringify(error)} ${error?.description?.message ?? ""}`);
    });
    refused.catch(() => {});
    await Promise.race([peer.next("connect"), refused]);
    peer.inboxes.delete("refusal");
  }

  close() {
    for (const { socket } of this.peers) {
      socket.io.reconnection?.(false);
      socket.io.close?.();
      socket.disconnect();
    }
  }
}

/** Runs one scenario; throws what went wrong. */
export async function perform(scenario, world) {
  const rig = new Rig(world);
  try {
    await within(rig.patience * 3, `the end of ${scenario.name}`, scenario.run(rig));
  } finally {
    rig.close();
  }
  check(rig.peers.length > 0, "the scenario opened no client");
}
