"use strict";

// A request that Kedge has read: what of Node's IncomingMessage is asked for behind the engine.
const { EventEmitter } = require("node:events");
const { IncomingMessage } = require("node:http");
const { isIPv6 } = require("node:net");

/** In the place of its connection, which is not JavaScript's. It emits nothing. */
class Peer {
  constructor(address, port, secure) {
    this.remoteAddress = address || undefined;
    this.remotePort = port || undefined;
    if (secure) this.encrypted = true;
  }

  get remoteFamily() {
    return this.remoteAddress && (isIPv6(this.remoteAddress) ? "IPv6" : "IPv4");
  }

  getPeerCertificate() {
    return {};
  }
}
Object.setPrototypeOf(Peer.prototype, EventEmitter.prototype);

class Request {
  /** Of what the addon says: method, target, version, address, port, whether it is secure, and the headers. */
  constructor([method, url, minor, address, port, secure, ...rawHeaders]) {
    this.method = method;
    this.url = url;
    this.httpVersionMinor = minor;
    this.socket = new Peer(address, port, secure);
    this._raw = rawHeaders;
    this._headers = null;
    this._asked = null;
    this._websocket = undefined;
  }

  /** By Node's rules for those that come more than once. */
  get headers() {
    if (this._headers === null) {
      this._headers = {};
      for (let i = 0; i < this._raw.length; i += 2)
        IncomingMessage.prototype._addHeaderLine.call(this, this._raw[i], this._raw[i + 1], this._headers);
      this._raw = null;
    }
    return this._headers;
  }

  set headers(value) {
    this._headers = value;
    this._raw = null;
  }

  get rawHeaders() {
    return this._raw ?? Object.entries(this._headers).flat(2);
  }

  get httpVersion() {
    return `1.${this.httpVersionMinor}`;
  }

  get _query() {
    return (this._asked ??= Object.fromEntries(new URL(this.url, "https://socket.io").searchParams));
  }

  set _query(value) {
    this._asked = value;
  }

  /** Of one that became a websocket, as programs test for it. */
  get websocket() {
    return (this._websocket ??= this.headers.upgrade === undefined ? undefined : { _socket: this.socket });
  }

  get client() {
    return this.socket;
  }
}
Object.setPrototypeOf(Request.prototype, IncomingMessage.prototype);
Object.assign(Request.prototype, { httpVersionMajor: 1, complete: true });

module.exports = { Request };
