"use strict";

// The reference's server, whose websockets are taken over by the addon.
const { engine, ws } = require("./reference");
const native = require("./native");
const { Upgraded, UpgradingServer } = require("./upgraded");
const { NativeWebSocket } = native.addon ? require("./websocket") : {};

/** What became of the websockets of one engine, and why some are not native. */
class Native {
  constructor(reason) {
    this.reason = reason;
    this.taken = 0;
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
    const { wsEngine } = this.opts;
    if (this.native.enabled) this.opts.wsEngine = this.upgradingServer();
    super.init();
    this.opts.wsEngine = wsEngine;
  }

  upgradingServer() {
    const facts = this.native;
    const count = {
      taken() {
        facts.taken++;
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

  createTransport(name, req) {
    const { websocket } = req;
    if (name === "websocket" && websocket instanceof Upgraded && websocket.held) {
      const transport = new NativeWebSocket(req);
      if (transport.taken) return transport;
      websocket.giveBack("not ready to be taken over");
    }
    return super.createTransport(name, req);
  }
}

module.exports = { Server };
