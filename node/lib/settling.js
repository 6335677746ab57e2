"use strict";

// When what a transport has sent is on its way, and what had to wait for it may follow.

/** Transports that have sent in this tick. */
let sending = [];
/** Those of them whose bytes leave by a stream of JavaScript, which takes until the end of the turn. */
let sendingByStream = [];

/** A tick later: what was sent is on its way, and what had to wait for it may follow. All of it leaves in one write. */
function settle(from) {
  const settling = from || sending;
  if (!from) sending = [];
  for (let i = 0; i < settling.length; i++) {
    try {
      settling[i].settle();
    } catch (error) {
      // It is the application's, and harms nobody else.
      if (i + 1 < settling.length) process.nextTick(settle, settling.slice(i + 1));
      throw error;
    }
  }
}

function settleByStream() {
  const settling = sendingByStream;
  sendingByStream = [];
  settle(settling);
}

/** The transport has sent. */
function settleLater(transport) {
  if (!transport.socket.carried) {
    if (sending.push(transport) === 1) process.nextTick(settle);
  } else if (sendingByStream.push(transport) === 1) setImmediate(settleByStream);
}

module.exports = { settleLater };
