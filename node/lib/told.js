"use strict";

// What the addon tells, and whom. It is told once in a thread, whatever number of instances of this package is loaded there.
const { finish, output } = require("./carried");
const { resource, tells } = require("./context");

/** The transports, by the number of their websocket. */
const transports = [];
/** The sessions that live in the addon, by number. */
const talks = [];
/** The engines that listen, by number. */
const engines = new Map();

function message(id, data) {
  const to = transports[id];
  if (to === undefined) return;
  tells(to);
  to.onMessage(data === "" ? undefined : data);
}

function packet(id, text) {
  const to = transports[id];
  if (to === undefined) return;
  tells(to);
  to.onRaw(text);
}

function binary(id, data) {
  const to = transports[id];
  if (to === undefined) return;
  tells(to);
  to.onRaw(data);
}

function ping(id, data) {
  const to = transports[id];
  if (to === undefined) return;
  tells(to);
  to.socket.tell("ping", data);
}

function pong(id, data) {
  const to = transports[id];
  if (to === undefined) return;
  tells(to);
  to.socket.tell("pong", data);
}

function closing(id) {
  const to = transports[id];
  if (to !== undefined) to.socket.closing();
}

function close(id, how, code, description, read, written) {
  const to = transports[id];
  transports[id] = undefined;
  if (to === undefined) return;
  tells(to);
  if (read >= 0) to.lastTraffic = [read, written];
  to.onEnd(how, code, description);
}

function drain(id) {
  const to = transports[id];
  if (to === undefined) return;
  tells(to);
  to.onDrained();
}

// ---- of engines that listen

function session(engine, id, sid, protocol, address) {
  tells();
  engines.get(engine)?.onSession(id, sid, protocol, address);
}

function text(id, said) {
  const to = talks[id];
  if (to === undefined) return;
  tells(to);
  to.onData(said === "" ? undefined : said);
}

function data(id, said) {
  const to = talks[id];
  if (to === undefined) return;
  tells(to);
  to.onData(said);
}

function sent(id) {
  const to = talks[id];
  if (to === undefined) return;
  tells(to);
  to.onSent();
}

function watched(id, what, more) {
  const to = talks[id];
  if (to === undefined) return;
  tells(to);
  to.onInside(what, more);
}

function ended(id, why, description, facts) {
  const to = talks[id];
  talks[id] = undefined;
  if (to === undefined) return;
  tells(to);
  to.onEnded(why, description, facts);
}

function consent(engine, number) {
  tells();
  return engines.get(engine)?.onConsent(number);
}

function refused(engine, code, context, request) {
  tells();
  engines.get(engine)?.onRefused(code, context, request);
}

function headers(engine, first, before, request) {
  tells();
  return engines.get(engine)?.onHeaders(first, before, request);
}

function handed(engine, fd, read, unsent, address, port, secure) {
  tells();
  engines.get(engine)?.onHanded(fd, read, unsent, { address, port, secure });
}

function closed(engine) {
  engines.delete(engine);
}

/** Starts the addon; what its users in this thread have in common. */
function begin(addon) {
  const handlers = {
    ...{ message, packet, binary, ping, pong, closing, close, drain, output, finish },
    ...{ session, text, data, sent, watched, ended, consent, refused, headers, handed, closed },
  };
  /** For each number of a websocket whether bytes of it may not be with the kernel yet. */
  const pending = addon.start(handlers, resource);
  process.on("exit", addon.flush);
  /** What the addon holds for all recipients of a broadcast: see sharing.js. */
  const held = { frame: null, options: null, text: null };
  return { transports, talks, engines, pending, held };
}

module.exports = { begin };
