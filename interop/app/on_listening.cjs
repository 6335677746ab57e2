// Loaded first (--require): the npm package in the place of engine.io, and its engine listens wherever its http server would.
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");

require("./on_package.cjs");
const { Server } = require(path.join(__dirname, "..", "..", "node", "index.js"));

const engines = new WeakMap();
const { attach } = Server.prototype;
const { listen } = http.Server.prototype;

Server.prototype.attach = function(server, options) {
  if (server instanceof http.Server && !(server instanceof https.Server)) engines.set(server, this);
  return attach.call(this, server, options);
};

http.Server.prototype.listen = function(...args) {
  const engine = engines.get(this);
  if (!engine) return listen.apply(this, args);
  const [where, second] = args;
  const options = typeof where === "object" ? where : { port: where, host: typeof second === "string" ? second : undefined };
  const then = args.at(-1);
  if (typeof then === "function") this.once("listening", then);
  engine.listen({ ...options, hand_back: this }, () => this.emit("listening"));
  return this;
};
