"use strict";

// The reference's session, with a short way for what happens most: on a native websocket it builds no argument that
// nobody listens for.
const { heard } = require("./heard");
const { engine } = require("./reference");
const { NativeWebSocket } = require("./websocket");

const sizeOf = (data) => (data === undefined ? 0 : (data.byteLength ?? String(data).length));

class Socket extends engine.Socket {
  setTransport(transport) {
    // Who listened to it while it was upgrading comes first: among listeners the order is right by itself.
    if (!(transport instanceof NativeWebSocket) || transport._eventsCount > 0) {
      super.setTransport(transport);
      return;
    }
    // Told by calls: listeners would take half a kilobyte of each client.
    this.transport = transport;
    transport.session = this;
  }

  clearTransport() {
    if (this.transport instanceof NativeWebSocket) this.transport.session = null;
    super.clearTransport();
  }

  /** A message came over a native websocket. */
  onMessage(data) {
    if (this._readyState !== "open") return;
    if (heard(this, "packet")) {
      const packet = data === undefined ? { type: "message" } : { type: "message", data };
      this.emit("packet", packet);
      data = packet.data;
    }
    if (this.pingTimeoutTimer !== null && !this.hasRefreshedPingTimeout && this.protocol !== 3) {
      this.pingTimeoutTimer.refresh();
      this.hasRefreshedPingTimeout = true;
    }
    this.emit("data", data);
    this.emit("message", data);
  }

  sendPacket(type, data, options = {}, callback) {
    if (typeof options === "function") {
      callback = options;
      options = {};
    }
    if (this._readyState === "closing" || this._readyState === "closed") return;
    options.compress = options.compress !== false;
    const packet = data ? { type, options, data } : { type, options };
    if (heard(this, "packetCreate")) this.emit("packetCreate", packet);
    this.writeBuffer.push(packet);
    if (typeof callback === "function") this.packetsFn.push(callback);
    this.flush();
    if (this.writeBuffer.length > 0) this.bound(sizeOf(packet.data));
  }

  /** A client that does not take what it is sent is given up, before the server has no memory left. */
  bound(more) {
    // What waits in writeBuffer, in bytes (of text in characters). Packets are sent while the reference still makes the
    // session: there is no place before to begin with 0.
    this._waiting = (this._waiting ?? 0) + more;
    if (this._waiting <= this.server.opts.maxBufferedBytes || this.writeBuffer.length === 1) return;
    const error = new Error("too much unsent data");
    error.type = "TransportError";
    this.onError(error);
  }

  flush() {
    if (this.writeBuffer.length === 0 || this._readyState === "closed" || !this.transport.writable) return;
    const { server } = this;
    if (heard(this, "flush")) this.emit("flush", this.writeBuffer);
    if (heard(server, "flush")) server.emit("flush", this, this.writeBuffer);
    const packets = this.writeBuffer;
    this.writeBuffer = [];
    this._waiting = 0;
    if (this.packetsFn.length > 0) {
      this.sentCallbackFn.push(this.packetsFn);
      this.packetsFn = [];
    } else if (this.sentCallbackFn.length > 0 || !(this.transport instanceof NativeWebSocket)) {
      // Else there is nothing to keep in order: an array that was never filled takes no room.
      this.sentCallbackFn.push(null);
    }
    this.transport.send(packets);
    if (heard(this, "drain")) this.emit("drain");
    if (heard(server, "drain")) server.emit("drain", this);
  }
}

module.exports = { Socket };
