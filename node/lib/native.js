"use strict";

// The addon, if this machine can have it, and what its websockets tell.
const path = require("node:path");

const { finish, output } = require("./carried");

const folder = path.join(__dirname, "..");
const candidates = [
  process.env.KEDGE_NODE_ADDON,
  path.join(folder, "prebuilds", `${process.platform}-${process.arch}`, "kedge_node.node"),
].filter(Boolean);

/** Why there is no addon; null when there is. */
let reason = null;
/** The addon's functions; null without it. */
let addon = null;
/** For each number of a websocket whether bytes of it may not be with the kernel yet. */
let pending = null;
/** The transports, by the number of their websocket. */
const transports = [];
/** The sessions that live in the addon, by number. */
const talks = [];
/** The engines that listen, by number. */
const engines = new Map();

function load() {
  if (process.env.KEDGE_NODE === "off") return "switched off by KEDGE_NODE=off";
  if (process.platform !== "linux") return `no addon for ${process.platform}`;
  // They have Node-API, but not the loop that the addon is on.
  const other = ["bun", "deno"].find((name) => process.versions[name] !== undefined);
  if (other !== undefined) return `no addon for ${other}`;
  const failures = [];
  for (const file of candidates) {
    try {
      const loaded = require(file);
      pending = loaded.start({
        ...{ message, packet, binary, ping, pong, closing, close, drain, output, finish },
        ...{ session, text, data, sent, watched, ended, consent, refused, headers, handed, closed },
      });
      addon = loaded;
      process.on("exit", addon.flush);
      return null;
    } catch (error) {
      failures.push(error.message.split("\n")[0]);
    }
  }
  return `the addon could not be loaded: ${failures.join("; ")}`;
}

function message(id, data) {
  const to = transports[id];
  if (to !== undefined) to.onMessage(data === "" ? undefined : data);
}

function packet(id, text) {
  const to = transports[id];
  if (to !== undefined) to.onRaw(text);
}

function binary(id, data) {
  const to = transports[id];
  if (to !== undefined) to.onRaw(data);
}

function ping(id, data) {
  const to = transports[id];
  if (to !== undefined) to.socket.tell("ping", data);
}

function pong(id, data) {
  const to = transports[id];
  if (to !== undefined) to.socket.tell("pong", data);
}

function closing(id) {
  const to = transports[id];
  if (to !== undefined) to.socket.closing();
}

function close(id, how, code, description, read, written) {
  const to = transports[id];
  transports[id] = undefined;
  if (to === undefined) return;
  if (read >= 0) to.lastTraffic = [read, written];
  to.onEnd(how, code, description);
}

function drain(id) {
  const to = transports[id];
  if (to !== undefined) to.onDrained();
}

// ---- of engines that listen

function session(engine, id, sid, protocol, address) {
  engines.get(engine)?.onSession(id, sid, protocol, address);
}

function text(id, said) {
  talks[id]?.onData(said === "" ? undefined : said);
}

function data(id, said) {
  talks[id]?.onData(said);
}

function sent(id) {
  talks[id]?.onSent();
}

function watched(id, what, more) {
  talks[id]?.onInside(what, more);
}

function ended(id, why, description, facts) {
  const which = talks[id];
  talks[id] = undefined;
  which?.onEnded(why, description, facts);
}

function consent(engine, number) {
  return engines.get(engine)?.onConsent(number);
}

function refused(engine, code, context, request) {
  engines.get(engine)?.onRefused(code, context, request);
}

function headers(engine, first, before, request) {
  return engines.get(engine)?.onHeaders(first, before, request);
}

function handed(engine, fd, read, unsent, address, port, secure) {
  engines.get(engine)?.onHanded(fd, read, unsent, { address, port, secure });
}

function closed(engine) {
  engines.delete(engine);
}

reason = load();

module.exports = { addon, engines, pending, talks, transports, reason };
