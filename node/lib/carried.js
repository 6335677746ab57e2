"use strict";

// A websocket on a stream that has no descriptor to be taken over: TLS, whose keys Node has, or a stream of the program's
// own. Its bytes are carried from the stream to the addon, and back; the stream stays as it is.

/** Where a stream has its WebSocket. */
const carried = Symbol("carried");
/** More than this is not read ahead of what the addon has looked at. */
const readAhead = 1024 * 1024;
const nothing = Buffer.alloc(0);
const stayAwake = () => {};

function onData(chunk) {
  const websocket = this[carried];
  if (websocket._transport.feed(chunk) > readAhead) holdBack(websocket);
}

/** Reads on when the addon has come so far, or when the program says resume(). */
function holdBack(websocket) {
  websocket._socket.pause();
  if (websocket.isPaused) return;
  if (websocket._transport.feed(nothing) > readAhead) setImmediate(holdBack, websocket);
  else websocket._socket.resume();
}

function onEnd() {
  this[carried]._transport.feedEnd();
}

function onDrain() {
  this[carried]._transport.feedDrained();
}

/** What was read of it is looked at before it is told; the loop goes round once more for that. */
function onClose() {
  const websocket = this[carried];
  clearTimeout(websocket._closeTimer);
  if (!websocket.streamClosed()) return;
  websocket._transport.resume();
  websocket._transport.feedEnd();
  setImmediate(stayAwake);
}

/** What was sent in this turn leaves before what the program itself does to the stream. */
const behindWhatWasSent = (method) =>
  function (...what) {
    if (!this.destroyed) this[carried]._transport.flush();
    return method.apply(this, what);
  };

/** Begins to carry what is between a stream and its websocket, which is the addon's already. */
function carry(socket, websocket) {
  socket[carried] = websocket;
  websocket.leavesBy = { write: socket.write, end: socket.end };
  for (const name of ["write", "end", "destroy"]) socket[name] = behindWhatWasSent(socket[name]);
  socket.on("close", onClose);
  socket.on("end", onEnd);
  socket.on("drain", onDrain);
  socket.on("data", onData);
}

/** Called by the addon: bytes of a websocket leave. Whether more may follow. */
function output(websocket, bytes) {
  return websocket.leavesBy.write.call(websocket._socket, bytes);
}

/** Called by the addon: nothing more will leave. */
function finish(websocket) {
  const { _socket: socket } = websocket;
  if (socket.destroyed) return;
  websocket.leavesBy.end.call(socket);
  socket.resume();
}

module.exports = { carry, finish, output };
