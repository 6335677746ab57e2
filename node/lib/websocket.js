"use strict";

// The websocket transport on a native websocket: packets as the reference's transport sends and tells them, in its order.
const { heard } = require("./heard");
const { engine, ws } = require("./reference");
const { addon, pending, transports } = require("./native");
const { protocolError } = require("./protocol_error");
const { shareFrame } = require("./sharing");
const { settleLater } = require("./settling");

const { Transport } = engine;
const { OPEN } = ws.WebSocket;

// How a native websocket ended: see ws_end in transports/websocket/ws_peer.hpp.
const closed = 0;
const violation = 2;
const flooded = 3;

const toBuffer = (data) =>
  Buffer.isBuffer(data)
    ? data
    : ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);

/** What a session does when its transport emits something. */
function tellSession(session, name, what) {
  if (name === "packet") session.onPacket(what);
  else if (name === "drain") session.onDrain();
  else if (name === "ready") session.flush();
  else if (name === "error") session.onError(what);
  else if (name === "close") session.onClose("transport close");
}

class NativeWebSocket extends Transport {
  constructor(req) {
    super(req);
    this.socket = req.websocket;
    this.perMessageDeflate = null;
    /** The session whose transport this is; null while it probes, and behind the session's end. */
    this.session = null;
    const id = this.socket.take(this);
    /** Whether it is this transport's. */
    this.taken = id !== undefined;
    this._id = id ?? undefined;
    this._writable = this._id !== undefined;
    if (id === null) setImmediate(() => this.socket.emitClose());
    if (this._id === undefined) return;
    transports[id] = this;
    addon.resume(id);
  }

  get name() {
    return "websocket";
  }

  get handlesUpgrades() {
    return true;
  }

  /** False from the first packet of a tick on until the next one, and while the kernel refuses bytes. */
  get writable() {
    return this._writable && !this.blocked;
  }

  set writable(value) {
    this._writable = value;
  }

  get blocked() {
    return this._id !== undefined && pending[this._id] === 1 && addon.blocked(this._id);
  }

  /** What the kernel has refused: all else is with it when this turn of the loop ends. */
  get unsent() {
    return this.blocked ? addon.unsent(this._id) : 0;
  }

  /** What has not left the addon. */
  get within() {
    return this._id === undefined ? 0 : addon.unsent(this._id);
  }

  /** What the connection has carried since it was accepted, [read, written]; undefined where the kernel does not say. */
  get traffic() {
    return this._id === undefined ? this.lastTraffic : addon.carried(this._id);
  }

  /** For how many milliseconds nothing came and nothing went; infinite where the kernel does not say. */
  get idle() {
    return this.traffic?.[2] ?? Infinity;
  }

  /** The server's end of the connection, [address, port]. */
  get local() {
    return this._id === undefined ? undefined : addon.local(this._id);
  }

  // ---- what is sent

  send(packets) {
    this._writable = false;
    if (this.inVain) {
      packets.forEach((packet, i) => this.writeWatched(packet, i + 1 === packets.length));
      return;
    }
    for (const packet of packets) this.write(packet);
    // Of nothing no write tells that it is done.
    if (packets.length > 0) settleLater(this);
  }

  write(packet) {
    const { type, data, options } = packet;
    if (this._id === undefined) return;
    if (this.socket.watched) {
      this.writeWatched(packet);
    } else if (options !== undefined && options.wsPreEncodedFrame !== undefined && !this.perMessageDeflate) {
      this.sendFrame(options.wsPreEncodedFrame);
    } else if (type === "message" && typeof data === "string") {
      addon.message(this._id, data);
    } else {
      this.parser.encodePacket(packet, this.supportsBinary, (encoded) => this.sendRaw(encoded));
    }
  }

  /** Whether what is sent reaches nobody: the websocket is closing, or the program has ended the connection below it. */
  get inVain() {
    const { socket } = this;
    return socket._readyState !== OPEN || this.severed || (socket.carried && !socket._socket.writable);
  }

  /** By the members of the reference's websocket, which somebody has replaced, or which say what is wrong. */
  writeWatched(packet, settles) {
    const { _sender: sender } = this.socket;
    const sent = (error) => {
      if (error) this.onError("write error", error.stack);
      else if (settles) this.settle();
    };
    if (packet.options !== undefined && packet.options.wsPreEncodedFrame !== undefined && !this.perMessageDeflate)
      sender.sendFrame(packet.options.wsPreEncodedFrame, sent);
    else this.parser.encodePacket(packet, this.supportsBinary, (encoded) => this.socket.send(encoded, sent));
  }

  sendFrame(frame) {
    if (this._id === undefined) return;
    shareFrame(frame);
    addon.shared(this._id);
  }

  sendRaw(encoded) {
    if (this._id === undefined) return;
    if (typeof encoded === "string") addon.text(this._id, encoded);
    else addon.binary(this._id, toBuffer(encoded));
  }

  settle() {
    if (this.readyState === "closed") return;
    this.emit("drain");
    this._writable = true;
    this.emit("ready");
  }

  /** The kernel takes bytes again. */
  onDrained() {
    if (this._writable) this.emit("ready");
  }

  // ---- what arrives

  onMessage(data) {
    if (heard(this.socket, "message")) this.socket.tell("message", Buffer.from(`4${data || ""}`), false);
    if (this.session !== null && !heard(this, "packet")) this.session.onMessage(data);
    else this.onPacket(data === undefined ? { type: "message" } : { type: "message", data });
  }

  onRaw(data) {
    if (heard(this.socket, "message")) this.socket.tell("message", Buffer.from(data), typeof data !== "string");
    this.decode(data);
  }

  /** As the reference's, which does not ask who has replaced onData. */
  decode(data) {
    this.onPacket(this.parser.decodePacket(data));
  }

  onEnd(how, code, description) {
    this._id = undefined;
    if (how === violation) {
      // It may be told amid the messages before it, whose ticks come first.
      if (this.socket.carried) process.nextTick(() => this.fail(protocolError(description)));
      else this.fail(protocolError(description));
    }
    if (how === flooded) this.onError(description);
    if (how >= flooded) this.socket._socket.destroy();
    if (how === violation) this.socket.ended(1006, "", false, true);
    else this.socket.ended(code, description, how === closed);
  }

  fail(error) {
    this.onError(error);
    this.socket.tell("error", error);
  }

  /** As the reference's, which asks for listeners: the session is one. */
  onError(message, description) {
    if (this.session === null && !heard(this, "error")) return;
    const error = Object.assign(new Error(message), { type: "TransportError", description });
    this.emit("error", error);
  }

  /** Emitted on the websocket by somebody else. */
  onForeign(name, what, binary) {
    if (name === "message") this.decode(binary ? what : what.toString());
    else if (name === "error") this.onError(what);
    else if (name === "close") this.onClose();
  }

  /** Tells the session first, which in the reference listens. */
  emit(name, what, more) {
    if (this.session !== null) tellSession(this.session, name, what);
    return heard(this, name) ? super.emit(name, what, more) : this.session !== null;
  }

  // ---- the end

  doClose(then) {
    this.socket.close();
    if (then) then();
  }

  /** What was sent in this tick still leaves, the close frame behind it; what arrives until the peer's is still told. */
  shut(code, reason) {
    if (this._id !== undefined) addon.shut(this._id, code || 0, reason ? String(reason) : "");
  }

  /** The connection ends behind what was sent in this tick, without a close frame. */
  hangUp() {
    const id = this.letGo();
    this.severed = true;
    if (id === undefined) return;
    addon.hangUp(id);
    setImmediate(() => this.socket.ended(1006, ""));
  }

  /** The connection is cut, behind what was sent. */
  abort() {
    const id = this.letGo();
    if (id === undefined) return;
    addon.flush();
    addon.abort(id);
  }

  // ---- of one whose bytes JavaScript carries

  /** What was sent so far leaves now. */
  flush() {
    addon.flush();
  }

  /** How much of what came waits to be looked at. */
  feed(chunk) {
    return this._id === undefined ? 0 : addon.feed(this._id, chunk);
  }

  feedEnd() {
    if (this._id !== undefined) addon.feedEnd(this._id);
  }

  feedDrained() {
    if (this._id !== undefined) addon.feedDrained(this._id);
  }

  /** Its number, which nothing more is told of. */
  letGo() {
    const id = this._id;
    if (id === undefined) return id;
    this.lastTraffic = this.traffic;
    this._id = undefined;
    transports[id] = undefined;
    return id;
  }

  pause() {
    if (this._id !== undefined) addon.pause(this._id);
  }

  resume() {
    if (this._id !== undefined) addon.resume(this._id);
  }
}

// It is one of the reference's, but is not made as those are.
Object.setPrototypeOf(NativeWebSocket.prototype, engine.transports.websocket.prototype);
Object.defineProperty(NativeWebSocket, "name", { value: engine.transports.websocket.name });
/** Whether the program has ended, or destroyed, the net.Socket below; and what was carried, behind the end. */
Object.assign(NativeWebSocket.prototype, { severed: false, lastTraffic: undefined });

module.exports = { NativeWebSocket };
