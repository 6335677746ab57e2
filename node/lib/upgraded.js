"use strict";

// What `ws` makes of an upgrade request. The connection is held until the engine has made up its mind: it is taken over by
// its descriptor, its bytes are carried to the addon, or it becomes a WebSocket of `ws` after all. The 101 is held with it
// for the rest of the turn, to leave together with the first packet.
const { heard } = require("./heard");
const { ws } = require("./reference");
const { addon } = require("./native");
const { carry } = require("./carried");
const { guard } = require("./refusal");
const { compression, deflateOf, hindrance, readSoFar } = require("./connection");
const { NativeSender, isBytes, lateness } = require("./native_sender");
const { endTaken, takeHandle } = require("./taken_handle");

const { WebSocket } = ws;
const nothing = Buffer.alloc(0);

const ignore = () => {};

/** Throws what `ws` throws where a close frame cannot have this code, or this reason. */
const judge = new ws.Sender({ cork: ignore, uncork: ignore, write: ignore });

/** Those whose 101 is held for the rest of this turn. */
let answering = [];

function answerAll() {
  const all = answering;
  answering = [];
  for (const websocket of all) websocket.answer();
}

function markSent(websocket) {
  websocket._closeFrameSent = true;
}

class Upgraded extends WebSocket {
  constructor(address, protocols, options) {
    super(address, protocols, options);
    this._held = null;
    this._transport = null;
    this._answer = "";
    this._facts = options.facts;
    /** Whether it is the peer who has ended the connection, or lost it. */
    this.peerEnded = false;
    /** Whether its bytes come and go by JavaScript. */
    this.carried = false;
    this._streamClosed = false;
  }

  /** Called by `ws` behind the 101. */
  setSocket(socket, head, options) {
    if (socket.setTimeout) socket.setTimeout(0);
    if (socket.setNoDelay) socket.setNoDelay();
    guard(socket);
    this._held = { socket, head, options };
    this._socket = socket;
    this._readyState = WebSocket.OPEN;
    if (answering.push(this) === 1) setImmediate(answerAll);
  }

  /** Writes the 101, unless that was done or left with the connection. */
  answer() {
    const answer = this._answer;
    this._answer = "";
    if (answer !== "" && !this._socket.destroyed) this._socket.write(answer);
  }

  /** Whether it waits for the engine's decision. */
  get held() {
    return this._held !== null;
  }

  /** Makes it a WebSocket of `ws`. */
  giveBack(why) {
    this.answer();
    const { socket, head, options } = this._held;
    this._held = null;
    this._facts.countLeft(why);
    // As the engine of the reference does before a transport listens.
    this.on("error", ignore);
    super.setSocket(socket, head, options);
  }

  /**
   * Takes the connection over, for a transport: its number; undefined when that is not possible, null when it has ended
   * meanwhile.
   */
  take(transport) {
    const { socket, head, options } = this._held;
    if (socket.destroyed) {
      this._held = null;
      this._transport = transport;
      return null;
    }
    const against = hindrance(socket);
    const bytes = readSoFar(socket, head);
    const on = against === null ? socket._handle.fd : this;
    // As `ws` reads it, for which text is a number as well.
    const id = addon.open(on, bytes, options.maxPayload | 0, deflateOf(this._extensions), this._answer);
    if (id === undefined) {
      this._held.head = bytes;
      return undefined;
    }
    this.carried = against !== null;
    this._held = null;
    this._transport = transport;
    if (this.carried) carry(socket, this);
    else takeHandle(socket, this);
    this._answer = "";
    this._facts.countTaken(against);
    return id;
  }

  // ---- for applications that reach below the engine

  /** Whether packets have to take the way that they take in the reference, since somebody has put himself into it. */
  get watched() {
    return this._ownSender !== null || this.send !== Upgraded.prototype.send;
  }

  get _sender() {
    if (this._ownSender === null && this._transport !== null) this._ownSender = new NativeSender(this._transport);
    return this._ownSender;
  }

  set _sender(sender) {
    this._ownSender = sender;
  }

  get bufferedAmount() {
    if (!this._transport) return super.bufferedAmount;
    const waits = this.carried ? this._socket.writableLength + this._transport.within : this._transport.unsent;
    return this._ownSender instanceof NativeSender ? waits + this._ownSender.late : waits;
  }

  send(data, options, callback) {
    if (this.held) this.giveBack("used below the engine");
    if (!this._transport) {
      super.send(data, options, callback);
      return;
    }
    if (this._readyState !== WebSocket.OPEN) {
      super.send(data, options, callback);
      return;
    }
    const done = typeof options === "function" ? options : callback;
    const given = typeof options === "function" || !options ? null : options;
    if (this._ownSender === null && given === null && data && (typeof data === "string" || isBytes(data))) {
      if (!this._transport.severed) this._transport.sendRaw(data);
      if (done) process.nextTick(done, lateness(this._socket));
      return;
    }
    const text = typeof data === "number" ? String(data) : data;
    const compress = compression in this._extensions;
    this._sender.send(text || nothing, { binary: typeof text !== "string", mask: false, compress, fin: true, ...given }, done);
  }

  ping(data, mask, callback) {
    if (this.held) this.giveBack("used below the engine");
    super.ping(data, mask, callback);
  }

  pong(data, mask, callback) {
    if (this.held) this.giveBack("used below the engine");
    super.pong(data, mask, callback);
  }

  close(code, reason) {
    if (this.held) this.giveBack("closed before it opened");
    if (!this._transport) {
      super.close(code, reason);
      return;
    }
    if (this._readyState !== WebSocket.OPEN) return;
    this._readyState = WebSocket.CLOSING;
    judge.close(code, reason, false);
    this._transport.shut(code, reason);
    process.nextTick(markSent, this);
    this._closeTimer = setTimeout(() => this._socket.destroy(), this._closeTimeout);
  }

  pause() {
    if (this.held) this.giveBack("used below the engine");
    if (!this._transport) super.pause();
    else if (this._readyState !== WebSocket.CLOSED) {
      this._paused = true;
      this._transport.pause();
      if (this.carried) this._socket.pause();
    }
  }

  resume() {
    if (this.held) this.giveBack("used below the engine");
    if (!this._transport) super.resume();
    else if (this._readyState !== WebSocket.CLOSED) {
      this._paused = false;
      this._transport.resume();
      if (this.carried) this._socket.resume();
    }
  }

  terminate() {
    if (this.held) this.giveBack("closed before it opened");
    super.terminate();
  }

  /** What the program emits on it comes to the transport, which in the reference listens. */
  emit(name, ...what) {
    if (!this._transport) return super.emit(name, ...what);
    this._transport.onForeign(name, ...what);
    return !heard(this, name) || super.emit(name, ...what);
  }

  /** Tells what comes from the transport to those who listen here. */
  tell(name, ...what) {
    if (heard(this, name)) super.emit(name, ...what);
  }

  /** The peer has sent its close frame, and nothing reaches it any more. */
  closing() {
    this._readyState = WebSocket.CLOSING;
  }

  /** The native side has ended, and the connection with it; `received` and `sent`: whether close frames came and went. */
  ended(code, reason, received = false, sent = received) {
    this.closing();
    this._closeFrameReceived = received;
    this._closeFrameSent ||= sent;
    this._closeCode = code;
    this._closeMessage = Buffer.from(reason);
    if (this.carried) {
      this.peerEnded = true;
      if (this._streamClosed) process.nextTick(() => this.emitClose());
      else this._closeTimer ??= setTimeout(() => this._socket.destroy(), this._closeTimeout);
      return;
    }
    if (this._socket.destroyed) return;
    this.peerEnded = true;
    endTaken(this._socket, received);
  }

  /** The stream that carries it has closed. False when the addon has told its end before. */
  streamClosed() {
    this._streamClosed = true;
    this.closing();
    if (this.peerEnded) this.emitClose();
    return !this.peerEnded;
  }

  /** The transport hears of it before others do. */
  emitClose() {
    if (!this._transport) {
      super.emitClose();
      return;
    }
    this._readyState = WebSocket.CLOSED;
    this._transport.onClose();
    this.tell("close", this._closeCode, this._closeMessage);
  }
}

module.exports = { Upgraded };
