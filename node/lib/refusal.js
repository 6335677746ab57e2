"use strict";

// An upgrade request that the engine refuses.
const { engine } = require("./reference");

const { errorMessages } = engine.Server;
const ignore = () => {};

function onError() {
  this.destroy();
}

/**
 * Node has let go of a connection that is upgraded: a client that resets it while somebody thinks, a middleware or
 * allowRequest, would end the process.
 */
function guard(socket) {
  if (socket.listenerCount("error") === 0) socket.on("error", onError);
}

/** Answers as the reference does, and ends the connection. */
function refuseUpgrade(socket, code, context) {
  socket.on("error", ignore);
  if (socket.writable) {
    const text = context?.message || errorMessages[code];
    socket.write(
      `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }
  socket.destroy();
}

module.exports = { guard, refuseUpgrade };
