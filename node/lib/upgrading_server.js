"use strict";

// The server of `ws` that the engine hands its upgrade requests to.
const { ws } = require("./reference");
const { Upgraded } = require("./upgraded");

/** A server of `ws` whose WebSockets are Upgraded. */
class UpgradingServer extends ws.Server {
  constructor(options, facts) {
    super({ ...options, WebSocket: Upgraded, facts });
  }

  /** Called by `ws` for a request that it finds good: it writes the 101, and makes the WebSocket. */
  completeUpgrade(extensions, key, protocols, req, socket, head, done) {
    let answer = "";
    const hold = (text) => {
      answer += text;
      return true;
    };
    const { write } = socket;
    // To delete it again would make the object a slow one.
    const letGo = () => {
      socket.write = write;
    };
    socket.write = hold;
    try {
      super.completeUpgrade(extensions, key, protocols, req, socket, head, (websocket) => {
        letGo();
        websocket._answer = answer;
        done(websocket, req);
        // The engine has put it into the request; it is not the engine's when a program has asked for it by itself.
        if (websocket.held && req.websocket !== websocket) websocket.giveBack("not asked for by the engine");
      });
    } finally {
      letGo();
    }
  }
}

module.exports = { UpgradingServer };
