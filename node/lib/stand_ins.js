"use strict";

// What stands below a websocket that was taken over, for those who reach below the engine: the handle of its net.Socket,
// and the Sender of `ws`.

const { ws } = require("./reference");

const brokenPipe = -32;
const done = 1;
/** What a handle of libuv's is made for: to read and write, of a connection that it does not get. */
const ofNoConnection = 0;

const refuse = () => brokenPipe;
const nothing = () => 0;

function streamError(code, message) {
  const error = Object.assign(new Error(message), { code });
  // As Node's own begin.
  error.stack = error.stack.replace("Error", `Error [${code}]`);
  return error;
}

/** What a stream says of what is written to it too late; null when it is not. */
function lateness({ destroyed, writableEnded }) {
  if (destroyed) return streamError("ERR_STREAM_DESTROYED", "Cannot call write after a stream was destroyed");
  return writableEnded ? streamError("ERR_STREAM_WRITE_AFTER_END", "write after end") : null;
}

/**
 * In the place of libuv's handle, which is closed. The net.Socket lives as long as the connection, so that the http server
 * counts it and its close is told when it comes; who ends or destroys it ends the websocket.
 */
class TakenHandle {
  constructor(websocket, { bytesRead, bytesWritten, constructor: Handle }) {
    this.websocket = websocket;
    this.Handle = Handle;
    this.readBefore = bytesRead;
    // The answer, if it was held until now: other engines on the http server end what nobody has written to.
    this.writtenBefore = bytesWritten + websocket._answer.length;
  }

  get bytesRead() {
    return this.websocket._transport.traffic?.[0] ?? this.readBefore;
  }

  get bytesWritten() {
    return this.websocket._transport.traffic?.[1] ?? this.writtenBefore;
  }

  get fd() {
    return -1;
  }

  /**
   * What the peer has ended is told at once. What the program cuts is closed when the turn of the loop ends, where libuv
   * closes its handles, one of which is made for that: what was sent in the turn still leaves, and what was read in it is
   * still told.
   */
  close(then) {
    if (this.websocket.peerEnded) {
      process.nextTick(then);
      return;
    }
    const { _transport: transport } = this.websocket;
    transport.severed = true;
    transport.pause();
    new this.Handle(ofNoConnection).close(() => {
      transport.abort();
      then();
    });
  }

  shutdown() {
    this.websocket._transport.hangUp();
    return done;
  }
}

for (const name of ["readStart", "readStop", "ref", "unref", "setNoDelay", "setKeepAlive", "setBlocking", "getsockname"])
  TakenHandle.prototype[name] = nothing;
for (const name of ["writev", "writeBuffer", "writeUtf8String", "writeAsciiString", "writeLatin1String", "writeUcs2String"])
  TakenHandle.prototype[name] = refuse;

/** In the place of the Sender of `ws`. A transport sends through it from the moment that somebody has asked for it. */
class NativeSender {
  constructor(transport) {
    this.transport = transport;
    this.late = 0;
  }

  /** With what was sent too late, as `ws` counts. */
  get _bufferedBytes() {
    return this.transport.unsent + this.late;
  }

  set _bufferedBytes(bytes) {
    this.late = bytes - this.transport.unsent;
  }

  /** What was given is with the transport, unless it came too late. */
  tell(callback) {
    if (callback) process.nextTick(callback, lateness(this.transport.socket._socket));
  }

  send(data, options, callback) {
    if (!this.transport.severed) this.transport.sendRaw(data);
    this.tell(callback);
  }

  sendFrame(frame, callback) {
    if (!this.transport.severed) this.transport.sendFrame(frame);
    this.tell(callback);
  }

  ping(data, mask, callback) {
    this.transport.ping(data);
    this.tell(callback);
  }

  pong(data, mask, callback) {
    this.sendFrame(ws.Sender.frame(Buffer.from(data), { fin: true, rsv1: false, opcode: 0x0a, mask: false, readOnly: true }), callback);
  }

  close(code, reason, mask, callback) {
    this.transport.shut(code, reason);
    this.tell(callback);
  }
}

module.exports = { NativeSender, TakenHandle, lateness };
