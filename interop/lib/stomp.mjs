// STOMP clients as people have them, over websockets and over SockJS.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import WebSocket from "ws";
import { within } from "./check.mjs";

const require = createRequire(import.meta.url);
const { Client } = require("@stomp/stompjs");
const SockJS = require("sockjs-client");
export const webstomp = require("webstomp-client");
export const oldStomp = require("stompjs/lib/stomp.js").Stomp;
// What its own module for Node sets, beside a websocket that it cannot make here.
oldStomp.setInterval = (interval, beat) => setInterval(beat, interval);
oldStomp.clearInterval = (beat) => clearInterval(beat);

const patience = 20_000;
export const soon = (what, begin) => within(patience, what, new Promise(begin));

export const overWebSocket = (url) => () => new WebSocket(url, ["v12.stomp", "v11.stomp", "v10.stomp"]);
export const overSockJS = (url, transport) => () => new SockJS(url, null, { transports: transport });

/** A connected @stomp/stompjs client on what `wire` makes. */
export async function connect(wire, options = {}) {
  const client = new Client({ webSocketFactory: wire, reconnectDelay: 0, ...options });
  await soon("connected", (resolve, reject) => {
    client.onConnect = resolve;
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
    client.activate();
  });
  return client;
}

/** Resolves with the reason that the server gives for ending a client's connection, once it has ended. */
export async function refused(wire, act, options = {}) {
  const client = new Client({ webSocketFactory: wire, reconnectDelay: 0, ...options });
  const told = soon("an error", (resolve) => (client.onStompError = (frame) => resolve(frame.headers.message)));
  const closed = soon("the close", (resolve) => (client.onWebSocketClose = resolve));
  client.onConnect = () => act(client);
  client.activate();
  const reason = await told;
  await closed;
  await client.deactivate();
  return reason;
}

/** Sends a frame that asks for a receipt, and resolves when it has come. */
export function receipted(client, send) {
  const receipt = `r${Math.random()}`;
  return soon("a receipt", (resolve) => {
    client.watchForReceipt(receipt, resolve);
    send({ receipt });
  });
}

/** A subscription: `ready` when nothing will be missed, `next(count)` when so many messages came. */
export function heard(client, destination, headers = {}, take = () => {}) {
  const messages = [];
  let wake = () => {};
  let made;
  const ready = receipted(client, (receipt) => {
    made = client.subscribe(destination, (message) => (messages.push(message), take(message), wake()), { ...headers, ...receipt });
  });
  const next = (count) => soon(`${count} messages of ${destination}`, (resolve) => {
    wake = () => messages.length >= count && resolve(messages);
    wake();
  });
  return { ready, next, messages, unsubscribe: (more) => made.unsubscribe(more) };
}

export const bodies = (messages) => messages.map(({ body }) => body);

/** An older library, as it connects. */
export async function connectOld(client, headers = { login: "ada", passcode: "x" }) {
  client.debug = () => {};
  await soon("connected", (resolve, reject) => client.connect(headers, resolve, (error) => reject(new Error(`refused: ${error.body ?? error}`))));
  assert.ok(client.connected);
  return client;
}
