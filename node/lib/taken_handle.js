"use strict";

// What a net.Socket has below it when its connection is the addon's.
const { isIPv6 } = require("node:net");
const { heard } = require("./heard");

const brokenPipe = -32;
const done = 1;
const underWay = 0;
/** What a handle of libuv's is made for: to read and write, of a connection that it does not get. */
const ofNoConnection = 0;

/** Where a net.Socket has its WebSocket. */
const upgraded = Symbol("upgraded");

const ignore = () => {};
const nothing = () => 0;
const refuse = () => brokenPipe;

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

  getsockname(to) {
    const found = this.websocket._transport.local;
    if (found !== undefined) Object.assign(to, { address: found[0], port: found[1], family: isIPv6(found[0]) ? "IPv6" : "IPv4" });
    return 0;
  }

  shutdown(request) {
    if (this.websocket.peerEnded) return done;
    setImmediate(() => request.callback());
    this.websocket._transport.hangUp();
    return underWay;
  }
}
for (const name of ["readStart", "readStop", "ref", "unref", "setNoDelay", "setKeepAlive", "setBlocking"])
  TakenHandle.prototype[name] = nothing;
for (const name of ["writev", "writeBuffer", "writeUtf8String", "writeAsciiString", "writeLatin1String", "writeUcs2String"])
  TakenHandle.prototype[name] = refuse;

/** What the program writes below its websocket leaves between the frames. */
function writeGeneric(several, data, encoding, then) {
  const { _transport: transport } = this[upgraded];
  if (transport._id === undefined) {
    then(Object.assign(new Error("write EPIPE"), { code: "EPIPE", errno: brokenPipe, syscall: "write" }));
    return;
  }
  const chunks = several ? data : [{ chunk: data, encoding }];
  transport.sendFrame(chunks.map((each) => Buffer.from(each.chunk, each.encoding)));
  process.nextTick(then, null);
}

/** In the place of a method that wants a handle of libuv's. */
function resetAndDestroy() {
  return this.destroy();
}

/** In the place of Node's, which knows nothing of what the connection carries. */
function onTimeout() {
  const { timeout } = this;
  const left = timeout - this[upgraded]._transport.idle;
  if (left > 0) setTimeout(() => this.timeout === timeout && !this.destroyed && this._onTimeout(), left).unref();
  else this.emit("timeout");
}

/**
 * The connection has closed. `ws` tells it at once when the peer had ended before, and else when what was read of it has
 * been looked at, a tick later.
 */
function onConnectionClose() {
  const websocket = this[upgraded];
  clearTimeout(websocket._closeTimer);
  websocket.closing();
  if (websocket.peerEnded) websocket.emitClose();
  else process.nextTick(() => websocket.emitClose());
}

/** The net.Socket goes on without its handle, whose connection is the addon's. */
function takeHandle(socket, websocket) {
  // It is remembered once it was asked for; afterwards it would be too late.
  void socket.remoteAddress;
  const handle = socket._handle;
  socket._handle = new TakenHandle(websocket, handle);
  socket.resetAndDestroy = resetAndDestroy;
  socket._onTimeout = onTimeout;
  socket._writeGeneric = writeGeneric;
  socket[upgraded] = websocket;
  socket.on("close", onConnectionClose);
  handle.onread = ignore;
  handle.close();
}

/** Whether somebody wants to hear how a net.Socket ends; Node itself listens to its `end`. */
const endHeard = (socket) => heard(socket, "finish") || heard(socket, "prefinish") || typeof socket._events.end === "object";

/** The peer has ended the connection, with a close frame before or without. */
function endTaken(socket, orderly) {
  if (!endHeard(socket)) {
    socket.destroy();
    return;
  }
  if (orderly) socket.end();
  else socket.once("end", () => socket.end());
  socket.push(null);
  socket.resume();
}

module.exports = { endTaken, takeHandle };
