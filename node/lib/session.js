"use strict";

// A session that lives in the addon, with the members that socket.io and programs know of one. What nobody asks for is not
// there, and what nobody listens for is not told.
const { EventEmitter } = require("node:events");
const { heard } = require("./heard");
const { addon, talks } = require("./native");
const { protocolError } = require("./protocol_error");
const { engine } = require("./reference");
const { Request } = require("./request");
const { isThisTick, thisTick } = require("./sending");
const { SessionTransport } = require("./session_transport");
const { shareText } = require("./sharing");

// See conversation::state and conversation::inside in addon/conversation.hpp.
const writable = 1;
const onWebsocket = 2;
const upgrading = 4;
const upgraded = 8;
const packetTypes = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
/** Events of the inside, which the addon tells when somebody listens. */
const watched = new Set(["packet", "packetCreate", "heartbeat", "flush", "drain", "upgrading", "upgrade"]);
/** Why the addon itself ends a session. */
const ofTheAddon = new Set(["too much unsent data", "out of memory"]);
const compressed = 1;
const told = 2;

const isBinary = (data) => data instanceof ArrayBuffer || ArrayBuffer.isView(data);
const toBuffer = (data) =>
  ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);

class Session extends EventEmitter {
  constructor(listening, talk, id, protocol, address) {
    super();
    this.id = id;
    this.server = listening.server;
    this.protocol = protocol;
    this.remoteAddress = address || undefined;
    this._listening = listening;
    this._talk = talk;
    this._readyState = "open";
    this._facts = 0;
    // The open packet.
    this._sentAt = thisTick();
    this._request = undefined;
    this._transport = null;
    this._incoming = null;
    this._callbacks = null;
    this._unflushed = null;
    this._watching = false;
    talks[talk] = this;
  }

  get readyState() {
    return this._readyState;
  }

  /** What is so at the moment; of one that has closed, what was so last. */
  get facts() {
    return this._talk === undefined ? this._facts : addon.facts(this._talk);
  }

  get upgrading() {
    return (this.facts & upgrading) !== 0;
  }

  get upgraded() {
    return (this.facts & upgraded) !== 0;
  }

  get transport() {
    const name = this.facts & onWebsocket ? "websocket" : "polling";
    if (this._transport === null || this._transport.name !== name)
      this._transport = this._incoming?.name === name ? this._incoming : new SessionTransport(this, name);
    return this._transport;
  }

  get request() {
    if (this._request === undefined && this._talk !== undefined) this._request = new Request(addon.firstRequest(this._talk));
    return this._request;
  }

  set request(value) {
    this._request = value;
  }

  /** Whether something was sent in this tick. */
  get sending() {
    return isThisTick(this._sentAt);
  }

  /** What waits in the addon, in bytes. */
  get bufferedAmount() {
    return this._talk === undefined ? 0 : addon.waiting(this._talk);
  }

  /** What waits is the addon's: one packet stands for all of it. */
  get writeBuffer() {
    const waits = this.bufferedAmount > 0 && (this.facts & writable) === 0;
    return waits ? [{ type: "message", options: { compress: true } }] : [];
  }

  get packetsFn() {
    return this._callbacks ?? [];
  }

  get sentCallbackFn() {
    return [];
  }

  watch() {
    if (this._watching || this._talk === undefined) return;
    this._watching = true;
    addon.watch(this._talk, true);
  }

  /** Whether somebody wants to hear of packets that leave. */
  get flushHeard() {
    const { server } = this;
    return heard(this, "flush") || heard(this, "drain") || heard(server, "flush") || heard(server, "drain");
  }

  // ---- what is sent

  send(data, options, callback) {
    this.sendPacket("message", data, options, callback);
    return this;
  }

  write(data, options, callback) {
    return this.send(data, options, callback);
  }

  sendPacket(type, data, options, callback) {
    if (typeof options === "function") {
      callback = options;
      options = undefined;
    }
    options ??= {};
    if (this._readyState !== "open" || this._talk === undefined) return;
    options.compress = options.compress !== false;
    if (heard(this, "packetCreate") || this.flushHeard) {
      const packet = data ? { type, options, data } : { type, options };
      if (heard(this, "packetCreate")) this.emit("packetCreate", packet);
      if (this.flushHeard) {
        this.watch();
        (this._unflushed ??= []).push(packet);
      }
      data = packet.data;
    }
    // All others are the addon's own.
    if (type === "message") this.sendMessage(data, options, callback);
  }

  sendMessage(data, options, callback) {
    if (this._talk === undefined) return;
    const wanted = typeof callback === "function";
    if (wanted) (this._callbacks ??= []).push(callback);
    const flags = (options.compress ? compressed : 0) | (wanted ? told : 0);
    this._sentAt = thisTick();
    if (isBinary(data)) {
      addon.sendData(this._talk, toBuffer(data), flags);
    } else if (options.wsPreEncodedFrame !== undefined && !wanted && typeof data === "string" && data !== "") {
      shareText(data, options);
      addon.sendShared(this._talk);
    } else {
      addon.sendText(this._talk, typeof data === "string" ? data : String(data || ""), flags);
    }
  }

  /** What was sent with a callback is with the kernel. */
  onSent() {
    const callback = this._callbacks?.shift();
    if (callback) callback(this.transport);
  }

  flush() {}

  clearTransport() {}

  // ---- what arrives

  onData(data) {
    if (this._readyState !== "open") return;
    if (heard(this, "packet")) {
      const packet = data === undefined ? { type: "message" } : { type: "message", data };
      this.emit("packet", packet);
      data = packet.data;
    }
    this.emit("data", data);
    this.emit("message", data);
  }

  onPacket(packet) {
    if (packet.type === "message") this.onData(packet.data);
  }

  /** What happens inside, in the order of conversation::inside. */
  onInside(what, more) {
    if (what === 0) this.emit("packet", { type: packetTypes[more] });
    else if (what === 1) this.onOwnPacket({ type: packetTypes[more], options: { compress: true } });
    else if (what === 2) this.onFlush();
    else if (what === 3) this.emit("heartbeat");
    else if (what === 4) this.emit("upgrading", (this._incoming = new SessionTransport(this, "websocket")));
    else this.emit("upgrade", this.transport);
  }

  /** One that the addon sends by itself: a ping, a pong. */
  onOwnPacket(packet) {
    if (heard(this, "packetCreate")) this.emit("packetCreate", packet);
    if (this.flushHeard) (this._unflushed ??= []).push(packet);
  }

  /** The open packet has left, before anybody could listen here. */
  tellOpening() {
    if (!this.flushHeard) return;
    const { opts } = this.server;
    const { pingInterval, pingTimeout, maxHttpBufferSize: maxPayload } = opts;
    const upgrades = this.server.upgrades(this.transport.name);
    const data = JSON.stringify({ sid: this.id, upgrades, pingInterval, pingTimeout, maxPayload });
    this.watch();
    this._unflushed = [{ type: "open", options: { compress: true }, data }];
    this.onFlush();
  }

  onFlush() {
    const packets = this._unflushed ?? [];
    this._unflushed = null;
    this.emit("flush", packets);
    this.server.emit("flush", this, packets);
    this.emit("drain");
    this.server.emit("drain", this);
  }

  // ---- the end

  close(discard) {
    const closes = this._readyState === "open" || (discard && this._readyState === "closing");
    if (!closes || this._talk === undefined) return;
    this._readyState = "closing";
    const closed = addon.closeSession(this._talk, Boolean(discard));
    // While it is being opened the addon tells it later.
    if (!closed) return;
    this._facts = this.facts;
    this.ended("forced close");
  }

  /** The addon tells it; `reason` and `description` as the reference says them. */
  onEnded(reason, description, facts) {
    this._facts = facts;
    if (reason !== "transport error") return this.ended(reason);
    if (description === "invalid heartbeat direction") return this.ended(reason, new Error(description));
    // What `ws` says is an error of its own there.
    const broken = facts & onWebsocket && !ofTheAddon.has(description);
    const error = new Error(broken ? protocolError(description) : description);
    return this.ended(reason, Object.assign(error, { type: "TransportError", description: undefined }));
  }

  onError(error) {
    this.onClose("transport error", error);
  }

  /** Somebody above ends it. */
  onClose(reason, description) {
    if (this._readyState === "closed" || this._talk === undefined) return;
    const talk = this._talk;
    this._facts = this.facts;
    this._talk = undefined;
    talks[talk] = undefined;
    addon.abandon(talk);
    this.ended(reason, description);
  }

  ended(reason, description) {
    if (this._readyState === "closed") return;
    this._readyState = "closed";
    this._callbacks = null;
    this._listening.forget(this);
    try {
      this.emit("close", reason, description);
    } finally {
      this._talk = undefined;
    }
  }
}
for (const add of ["on", "addListener", "prependListener"])
  Session.prototype[add] = function (name, listener) {
    if (watched.has(name)) this.watch();
    return EventEmitter.prototype[add].call(this, name, listener);
  };
// It is one of the reference's, but is not made as those are.
Object.setPrototypeOf(Session.prototype, engine.Socket.prototype);

module.exports = { Session };
