"use strict";

// An engine that listens itself: the addon accepts and reads, and its sessions live there. Connections for other paths, and
// what has to be decided in Node, go to Node's http server.
const net = require("node:net");
const { getSystemErrorMap } = require("node:util");
const { arrive } = require("./arrival");
const { addon, engines } = require("./native");
const { engineSettings, reasonForNode } = require("./native_options");
const { engine } = require("./reference");
const { Request } = require("./request");
const { Session } = require("./session");

const { errorMessages } = engine.Server;
const grace = 5000;

/** As Node's own, for what could not be listened on. */
function listenError(errno, { port, host, socket }) {
  const [code, text] = getSystemErrorMap().get(errno) ?? ["EUNKNOWN", "unknown error"];
  const where = socket ?? `${host ?? "::"}:${port ?? 0}`;
  const error = new Error(`listen ${code}: ${text} ${where}`);
  return Object.assign(error, { code, errno, syscall: "listen", address: socket ?? host ?? "::", ...(socket ? {} : { port }) });
}

class Listening {
  /** Throws what makes no server at all; `error` is what keeps this one from listening. */
  constructor(server, httpServer, { limits, tls, ...where }, path) {
    this.server = server;
    this.httpServer = httpServer;
    this.sessions = 0;
    this.error = null;
    this.failure = null;
    this.number = addon.engine(engineSettings(server, path, httpServer, limits));
    engines.set(this.number, this);
    this.update();
    try {
      this.port = addon.listen(this.number, { ...where, ...(tls ? { tls } : {}) });
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.port < 0) {
      this.error = listenError(this.port, where);
      this.close();
      return;
    }
    this.where = where;
  }

  get address() {
    const { host, socket } = this.where;
    if (socket !== undefined) return socket;
    const address = host ?? "::";
    return { address, family: net.isIPv4(address) ? "IPv4" : "IPv6", port: this.port };
  }

  /** What the addon has to ask about has changed. */
  update() {
    const { server } = this;
    const hears = server.listenerCount("headers") + server.listenerCount("initial_headers") > 0;
    server.native.byNode = reasonForNode(server);
    addon.asks(this.number, hears, server.native.byNode !== null);
  }

  /** Without a reference, only its sessions keep the process alive. */
  keepAlive() {
    addon.keepAlive(this.number, this.server.referenced || this.sessions > 0);
  }

  connect() {
    return addon.connect(this.number);
  }

  close() {
    addon.unlisten(this.number, grace);
  }

  // ---- what the addon tells

  onSession(id, sid, protocol, address) {
    const { server } = this;
    const session = new Session(this, id, sid, protocol, address);
    session.tellOpening();
    server.native.listened++;
    server.clients[sid] = session;
    server.clientsCount++;
    if (this.sessions++ === 0 && !server.referenced) this.keepAlive();
    server.emit("connection", session);
  }

  /** A session has closed. */
  forget({ id }) {
    delete this.server.clients[id];
    this.server.clientsCount--;
    if (--this.sessions === 0 && !this.server.referenced) this.keepAlive();
  }

  /** Whether a session may open, as far as that is known at once. */
  onConsent(number) {
    const { server } = this;
    if (!server.opts.allowRequest && server.generateId === engine.Server.prototype.generateId) return true;
    const req = new Request(addon.asked(this.number, number));
    if (!server.opts.allowRequest) {
      this.name(number, req);
      return false;
    }
    server.opts.allowRequest(req, (message, success) => {
      if (success) this.name(number, req);
      else addon.refuse(this.number, number, message === undefined || message === null ? "" : String(message));
    });
    return false;
  }

  /** Gives a session its id. */
  async name(number, req) {
    const { server } = this;
    const unserved = req._query.EIO !== "4" && !server.opts.allowEIO3;
    if (unserved || server.generateId === engine.Server.prototype.generateId) {
      addon.allow(this.number, number, "");
      return;
    }
    let id;
    try {
      id = String(await server.generateId(req));
    } catch (error) {
      this.failure = error;
      addon.fail(this.number, number, String(error?.message || "no id"));
      this.failure = null;
      return;
    }
    addon.allow(this.number, number, id);
  }

  onRefused(code, pairs, request) {
    const context = {};
    for (let i = 0; i < pairs.length; i += 2)
      context[pairs[i]] = /protocol$/i.test(pairs[i]) ? Number(pairs[i + 1]) : pairs[i + 1];
    if (this.failure !== null && context.name === "ID_GENERATION_ERROR") context.error = this.failure;
    this.server.emit("connection_error", { req: new Request(request), code, message: errorMessages[code], context });
  }

  /** The headers that listeners have changed or added. */
  onHeaders(first, before, request) {
    const req = new Request(request);
    const headers = {};
    for (let i = 0; i < before.length; i += 2) headers[before[i]] = before[i + 1];
    const was = { ...headers };
    this.server.emit(first ? "initial_headers" : "headers", headers, req);
    const joined = req.headers.upgrade !== undefined;
    return Object.entries(headers).flatMap(([name, value]) => {
      if (was[name] === value) return [];
      if (!Array.isArray(value) || joined) return [name, String(value)];
      return value.flatMap((each) => [name, String(each)]);
    });
  }

  /** A connection is Node's from here on, with what was read from it. */
  onHanded(fd, read, unsent, { address, port, secure }) {
    const { httpServer, server } = this;
    const socket = new net.Socket({ fd, allowHalfOpen: true, readable: true, writable: true });
    server.native.handedBack++;
    if (secure) {
      const remoteFamily = net.isIPv6(address) ? "IPv6" : "IPv4";
      const known = { encrypted: true, alpnProtocol: false, remoteAddress: address, remotePort: port, remoteFamily };
      for (const [name, value] of Object.entries(known))
        Object.defineProperty(socket, name, { value, configurable: true, writable: true });
    }
    if (unsent.length > 0) socket.write(unsent);
    if (httpServer.noDelay !== false) socket.setNoDelay(true);
    arrive(httpServer, socket);
    if (read.length > 0) socket.unshift(read);
  }
}

module.exports = { Listening, listenError };
