"use strict";

// The transport of a session that lives in the addon, for those who look at it. It emits nothing.
const { engine } = require("./reference");
const { carryRequest } = require("./carried_request");

class SessionTransport {
  constructor(session, name) {
    this.session = session;
    this.name = name;
  }

  get handlesUpgrades() {
    return this.name === "websocket";
  }

  get upgradesTo() {
    return this.name === "polling" ? ["websocket"] : [];
  }

  get sid() {
    return this.session.id;
  }

  get protocol() {
    return this.session.protocol;
  }

  get readyState() {
    return this.session.readyState;
  }

  /** Whether it is not the session's any more. */
  get discarded() {
    return this.session.transport !== this;
  }

  get supportsBinary() {
    return !this.session.request?._query.b64;
  }

  /** False from the first packet of a tick on until the next one, and while the client takes no more. */
  get writable() {
    return !this.session.sending && (this.session.facts & 1) !== 0;
  }

  get maxHttpBufferSize() {
    return this.session.server.opts.maxHttpBufferSize;
  }

  get httpCompression() {
    return this.session.server.opts.httpCompression;
  }

  get perMessageDeflate() {
    return this.session.server.opts.perMessageDeflate;
  }

  send(packets) {
    for (const { type, data, options } of packets) this.session.sendPacket(type, data, options);
  }

  close() {
    this.session.close();
  }

  discard() {}

  /** One that came to Node. */
  onRequest(req) {
    carryRequest(this.session._listening, req);
  }
}
Object.setPrototypeOf(SessionTransport.prototype, engine.Transport.prototype);

module.exports = { SessionTransport };
