"use strict";

// The reference's server, whose websockets are taken over by the addon, and which may listen by it.
const cluster = require("node:cluster");
const { EventEmitter } = require("node:events");
const http = require("node:http");
const { engine, ws, serialize } = require("./reference");
const native = require("./native");
const { Facts } = require("./facts");
const { Upgraded } = require("./upgraded");
const { UpgradingServer } = require("./upgrading_server");
const { NativeWebSocket } = native.addon ? require("./websocket") : {};
const { Socket } = native.addon ? require("./socket") : engine;
const { Session } = native.addon ? require("./session") : {};
const { Listening } = native.addon ? require("./listening") : {};
const { ListeningHandle } = require("./listening_handle");
const { NodeListening } = require("./node_listening");
const { carryUpgrade } = require("./carried_request");
const { portOf, tlsOf } = require("./native_options");
const { queryOf } = require("./query");
const { guard, refuseUpgrade } = require("./refusal");

const { errors, errorMessages } = engine.Server;
const nothing = Buffer.alloc(0);

/** Why an engine is the reference alone; null when it is not. */
function hindrance(server) {
  if (native.reason !== null) return native.reason;
  if (Object.getPrototypeOf(server) !== Server.prototype) return "a subclass of Server";
  if (server.opts.wsEngine !== ws.Server) return "the option wsEngine";
  return null;
}

/** Called of a session that has closed, once. */
function forget() {
  const { id, server } = this;
  this.removeListener("close", forget);
  delete server.clients[id];
  server.clientsCount--;
}

/** What an engine that listens has for other paths, where the program gives nothing. */
function answerNothing(req, res) {
  res.writeHead(404);
  res.end();
}

class Server extends engine.Server {
  /** Called while the reference constructs itself, and again when its http server begins to listen. */
  init() {
    if (this.native === undefined) {
      Object.defineProperty(this, "native", { value: new Facts(hindrance(this)) });
    }
    this.closed = false;
    this.opts.maxBufferedBytes ??= Math.max(16 * 1024 * 1024, 2 * this.opts.maxHttpBufferSize || 0);
    const { wsEngine } = this.opts;
    if (this.native.enabled) this.opts.wsEngine = this.upgradingServer();
    super.init();
    this.opts.wsEngine = wsEngine;
  }

  // ---- listening

  attach(server, options) {
    this._attached = { server, path: options ?? {} };
    super.attach(server, options);
  }

  /**
   * Accepts clients itself: what is the engine's does not pass through Node. All else goes to an http server, with its
   * bytes. Emits `listening`, or `error`, as a server of Node's does.
   */
  listen(options, whenListening) {
    if (this._listening)
      throw Object.assign(new Error("Listen method has been called more than once without closing."), { code: "ERR_SERVER_ALREADY_LISTEN" });
    const { hand_back: wished, ...given } = typeof options === "object" ? options : { port: options };
    const port = portOf(given.port);
    const httpServer = wished ?? this._attached?.server ?? (this._ownServer = http.createServer(answerNothing));
    if (httpServer !== this._attached?.server) this.attach(httpServer, given);
    if (whenListening) this.once("listening", whenListening);
    this.closed = false;
    const secure = given.tls && tlsOf(given.tls);
    const where = { ...given, port };
    const reason = secure === null ? "the option tls" : cluster.isWorker ? "a worker of cluster" : this.native.reason;
    if (reason === null) this.listenNatively(httpServer, { ...where, tls: secure });
    else this.listenByNode(httpServer, where, reason);
    return this;
  }

  listenNatively(httpServer, where) {
    const listening = new Listening(this, httpServer, where, this._attached.path);
    if (listening.error === null) this.listensBy(listening);
    process.nextTick(() => {
      if (listening.error !== null) this.emit("error", listening.error);
      else if (this._listening === listening) this.emit("listening");
    });
  }

  listenByNode(httpServer, where, reason) {
    this.native.byNode = reason;
    const listening = new NodeListening(this, httpServer, where, (error) => {
      if (error !== null) this._listening = null;
      else if (this._listening === listening) this.listensBy(listening);
      if (error !== null) this.emit("error", error);
      else if (this._listening === listening) this.emit("listening");
    });
    this._listening = listening;
  }

  listensBy(listening) {
    this._listening = listening;
    listening.keepAlive();
    const { httpServer } = listening;
    if (!httpServer._handle || httpServer._handle instanceof ListeningHandle) this._handle = new ListeningHandle(this, httpServer);
  }

  stopListening() {
    const listening = this._listening;
    if (listening === null) return;
    this._listening = null;
    this.native.byNode = null;
    listening.close();
    if (this._handle) this._handle.release();
    this._handle = null;
  }

  /** Where it listens; null when it does not. */
  address() {
    return this._listening ? this._listening.address : null;
  }

  /** Without a reference, only its sessions keep the process alive. */
  unref() {
    this.referenced = false;
    this.keepAlive();
    return this;
  }

  ref() {
    this.referenced = true;
    this.keepAlive();
    return this;
  }

  keepAlive() {
    if (this._listening) this._listening.keepAlive();
  }

  close() {
    this.closed = true;
    super.close();
    const listened = this._listening !== null;
    this.stopListening();
    // Ours has no other end.
    if (listened && this._ownServer) this._ownServer.close();
    return this;
  }

  use(middleware) {
    super.use(middleware);
    if (this._listening) this._listening.update();
  }

  handleUpgrade(req, socket, head) {
    guard(socket);
    this.prepare(req);
    const client = this.clients[req._query.sid];
    if (Session !== undefined && client instanceof Session) carryUpgrade(client._listening, req, socket, head);
    else if (this.native.enabled && this.middlewares.length === 0) this.upgrade(req, socket, head);
    else super.handleUpgrade(req, socket, head);
  }

  // ---- the reference's own

  upgradingServer() {
    const facts = this.native;
    return class WebSocketServer extends UpgradingServer {
      constructor(options) {
        super(options, facts);
      }
    };
  }

  prepare(req) {
    const query = req._query ? null : queryOf(req.url);
    if (query === null) super.prepare(req);
    else req._query = query;
  }

  /** As the reference's, without the response that only middlewares want: it would be kept as long as the connection. */
  upgrade(req, socket, head) {
    this.verify(req, true, (code, context) => {
      if (code === undefined) {
        this.ws.handleUpgrade(req, socket, head.length > 0 ? Buffer.from(head) : nothing, (websocket) => this.onWebSocket(req, socket, websocket));
        return;
      }
      this.emit("connection_error", { req, code, message: errorMessages[code], context });
      refuseUpgrade(socket, code, context);
    });
  }

  onWebSocket(req, socket, websocket) {
    const { sid, transport } = req._query;
    if (sid || transport !== "websocket" || !(websocket instanceof Upgraded)) {
      super.onWebSocket(req, socket, websocket);
      return;
    }
    req.websocket = websocket;
    this.handshake(transport, req, (code) => refuseUpgrade(socket, code));
  }

  refuse(req, code, context, closeConnection) {
    this.emit("connection_error", { req, code, message: errorMessages[code], context });
    const { websocket } = req;
    if (websocket instanceof Upgraded && websocket.held) websocket.giveBack("refused");
    closeConnection(code);
  }

  /**
   * As the reference's, but for the class of the session. No function is made in it that is kept: all that it knows would be
   * kept as well.
   */
  async handshake(name, req, closeConnection) {
    if (!this.native.enabled) return super.handshake(name, req, closeConnection);
    const protocol = req._query.EIO === "4" ? 4 : 3;
    if (protocol === 3 && !this.opts.allowEIO3) {
      return this.refuse(req, errors.UNSUPPORTED_PROTOCOL_VERSION, { protocol }, closeConnection);
    }
    let id;
    try {
      id = await this.generateId(req);
    } catch (error) {
      return this.refuse(req, errors.BAD_REQUEST, { name: "ID_GENERATION_ERROR", error }, closeConnection);
    }
    let transport;
    try {
      transport = this.createTransport(name, req);
      if (name === "polling") {
        transport.maxHttpBufferSize = this.opts.maxHttpBufferSize;
        transport.httpCompression = this.opts.httpCompression;
      } else if (name === "websocket") {
        transport.perMessageDeflate = this.opts.perMessageDeflate;
      }
    } catch (error) {
      return this.refuse(req, errors.BAD_REQUEST, { name: "TRANSPORT_HANDSHAKE_ERROR", error }, closeConnection);
    }
    const socket = new Socket(id, this, transport, req, protocol);
    // Those of a websocket were sent with its 101.
    if (name !== "websocket") this.addHeadersTo(transport, id);
    transport.onRequest(req);
    this.clients[id] = socket;
    this.clientsCount++;
    socket.on("close", forget);
    this.emit("connection", socket);
    return transport;
  }

  addHeadersTo(transport, id) {
    transport.on("headers", (headers, req) => this.addHeaders(id, headers, req));
  }

  addHeaders(id, headers, req) {
    if (!req._query.sid) {
      const { cookie } = this.opts;
      if (cookie) headers["Set-Cookie"] = [serialize(cookie.name, id, cookie)];
      this.emit("initial_headers", headers, req);
    }
    this.emit("headers", headers, req);
  }

  createTransport(name, req) {
    const { websocket } = req;
    if (name === "websocket" && websocket instanceof Upgraded && websocket.held) {
      const transport = new NativeWebSocket(req);
      if (transport.taken) return transport;
      websocket.giveBack("refused by the addon");
    }
    return super.createTransport(name, req);
  }
}

for (const add of ["on", "addListener", "prependListener"])
  Server.prototype[add] = function(name, listener) {
    EventEmitter.prototype[add].call(this, name, listener);
    if (this._listening && (name === "headers" || name === "initial_headers")) this._listening.update();
    return this;
  };
Object.assign(Server.prototype, { referenced: true, _listening: null, _attached: null, _handle: null, _ownServer: null });

module.exports = { Server };
