"use strict";

// The reference's server, whose websockets are taken over by the addon.
const { engine, ws, serialize } = require("./reference");
const native = require("./native");
const { Upgraded } = require("./upgraded");
const { UpgradingServer } = require("./upgrading_server");
const { NativeWebSocket } = native.addon ? require("./websocket") : {};
const { Socket } = native.addon ? require("./socket") : engine;

const { errors, errorMessages } = engine.Server;

/** What became of the websockets of one engine: taken over by their descriptor, carried (and why), or left to `ws` (and why). */
class Native {
  constructor(reason) {
    this.reason = reason;
    this.taken = 0;
    this.carried = {};
    this.left = {};
  }

  get enabled() {
    return this.reason === null;
  }
}

/** Why an engine is the reference alone; null when it is not. */
function hindrance(server) {
  if (native.reason !== null) return native.reason;
  if (Object.getPrototypeOf(server) !== Server.prototype) return "a subclass of Server";
  if (server.opts.wsEngine !== ws.Server) return "the option wsEngine";
  return null;
}

class Server extends engine.Server {
  /** Called while the reference constructs itself, and again when its http server begins to listen. */
  init() {
    if (this.native === undefined) {
      Object.defineProperty(this, "native", { value: new Native(hindrance(this)) });
    }
    this.opts.maxBufferedBytes ??= Math.max(16 * 1024 * 1024, 2 * this.opts.maxHttpBufferSize || 0);
    const { wsEngine } = this.opts;
    if (this.native.enabled) this.opts.wsEngine = this.upgradingServer();
    super.init();
    this.opts.wsEngine = wsEngine;
  }

  upgradingServer() {
    const facts = this.native;
    const count = {
      taken(against) {
        if (against === null) facts.taken++;
        else facts.carried[against] = (facts.carried[against] || 0) + 1;
      },
      left(reason) {
        facts.left[reason] = (facts.left[reason] || 0) + 1;
      },
    };
    return class extends UpgradingServer {
      constructor(options) {
        super(options, count);
      }
    };
  }

  /** As the reference's, but for the class of the session. */
  async handshake(name, req, closeConnection) {
    if (!this.native.enabled) return super.handshake(name, req, closeConnection);
    const refuse = (code, context) => {
      this.emit("connection_error", { req, code, message: errorMessages[code], context });
      const { websocket } = req;
      if (websocket instanceof Upgraded && websocket.held) websocket.giveBack("refused");
      closeConnection(code);
    };
    const protocol = req._query.EIO === "4" ? 4 : 3;
    if (protocol === 3 && !this.opts.allowEIO3) return refuse(errors.UNSUPPORTED_PROTOCOL_VERSION, { protocol });
    let id;
    try {
      id = await this.generateId(req);
    } catch (error) {
      return refuse(errors.BAD_REQUEST, { name: "ID_GENERATION_ERROR", error });
    }
    let transport;
    try {
      transport = this.createTransport(name, req);
      if (name === "polling") {
        transport.maxHttpBufferSize = this.opts.maxHttpBufferSize;
        transport.httpCompression = this.opts.httpCompression;
      } else if (name === "websocket") {
        transport.perMessageDeflate = this.opts.perMessageDeflate;
      }
    } catch (error) {
      return refuse(errors.BAD_REQUEST, { name: "TRANSPORT_HANDSHAKE_ERROR", error });
    }
    const socket = new Socket(id, this, transport, req, protocol);
    // Those of a websocket were sent with its 101.
    if (name !== "websocket") transport.on("headers", (headers, asked) => this.addHeaders(id, headers, asked));
    transport.onRequest(req);
    this.clients[id] = socket;
    this.clientsCount++;
    socket.once("close", () => {
      delete this.clients[id];
      this.clientsCount--;
    });
    this.emit("connection", socket);
    return transport;
  }

  addHeaders(id, headers, req) {
    if (!req._query.sid) {
      const { cookie } = this.opts;
      if (cookie) headers["Set-Cookie"] = [serialize(cookie.name, id, cookie)];
      this.emit("initial_headers", headers, req);
    }
    this.emit("headers", headers, req);
  }

  createTransport(name, req) {
    const { websocket } = req;
    if (name === "websocket" && websocket instanceof Upgraded && websocket.held) {
      const transport = new NativeWebSocket(req);
      if (transport.taken) return transport;
      websocket.giveBack("refused by the addon");
    }
    return super.createTransport(name, req);
  }
}

module.exports = { Server };
