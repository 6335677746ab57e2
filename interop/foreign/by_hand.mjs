// Clients that speak the protocol by hand: frames and bodies as they stand in the protocol's description.
import WebSocket from "ws";
import { check, equal, within } from "../lib/check.mjs";

const patience = 20_000;

/** A plain WebSocket whose frames wait in order: text as strings, binary as buffers. */
class Frames {
  arrived = [];

  static async open(url) {
    const frames = new Frames(new WebSocket(url));
    await within(patience, "the websocket opens", new Promise((resolve, reject) =>
      frames.socket.once("open", resolve).once("error", reject)));
    return frames;
  }

  constructor(socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("message", (data, isBinary) => (this.arrived.push(isBinary ? data : data.toString()), this.wake?.()));
  }

  async next() {
    if (!this.arrived.length) await within(patience, "a frame", new Promise((resolve) => (this.wake = resolve)));
    return this.arrived.shift();
  }

  async expect(...frames) {
    for (const frame of frames) equal(await this.next(), frame, "frame");
  }

  send(...frames) {
    for (const frame of frames) this.socket.send(frame);
  }
}

const websocketUrl = (url, eio) => `${url.replace(/^http/, "ws")}/socket.io/?EIO=${eio}&transport=websocket`;

function openPacketOf(text) {
  equal(text[0], "0", "type of the open packet");
  const facts = JSON.parse(text.slice(1));
  equal(Object.keys(facts), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"], "keys of the open packet");
  check(/^[A-Za-z0-9_-]{20}$/.test(facts.sid), `a sid of 20 url-safe characters, not ${facts.sid}`);
  return facts;
}

async function websocketV4(url) {
  const frames = await Frames.open(websocketUrl(url, 4));
  equal(openPacketOf(await frames.next()).upgrades, [], "upgrades");
  frames.send('40{"token":"é"}');
  check(/^40\{"sid":"[A-Za-z0-9_-]{20}"\}$/.test(await frames.next()), "CONNECT reply");
  await frames.expect('42["auth",{"token":"é"}]');
  frames.send('42["message","héllo",{"a":[1,null]}]', '421["message-with-ack"]', '4212["message-with-ack","\u2028",1]');
  await frames.expect('42["message-back","héllo",{"a":[1,null]}]', "431[]", '4312["\u2028",1]');
  frames.send('451-["message",{"_placeholder":true,"num":0}]', Buffer.from([1, 2, 3]));
  await frames.expect('451-["message-back",{"_placeholder":true,"num":0}]', Buffer.from([1, 2, 3]));
  frames.send("40/nowhere,", "40/custom,");
  const [refused, joined] = [await frames.next(), await frames.next()].sort().reverse();
  equal(refused, '44/nowhere,{"message":"Invalid namespace"}', "refusal");
  check(/^40\/custom,\{"sid":"[A-Za-z0-9_-]{20}"\}$/.test(joined), "CONNECT reply of /custom");
  await frames.expect('42/custom,["auth",{}]');
  frames.send('42["disconnect-me",true]');
  equal([await frames.next(), await frames.next()].sort(), ["41", "41/custom,"], "DISCONNECT of each namespace");
  await within(patience, "the end of the websocket", frames.closed);
}

async function websocketV3(url) {
  const frames = await Frames.open(websocketUrl(url, 3));
  openPacketOf(await frames.next());
  await frames.expect("40", '42["auth",{}]');
  frames.send("2", '421["message-with-ack","héllo"]');
  await frames.expect("3", '431["héllo"]');
  frames.send('451-["message",{"_placeholder":true,"num":0}]', Buffer.from([4, 9, 8]));
  await frames.expect('451-["message-back",{"_placeholder":true,"num":0}]', Buffer.from([4, 9, 8]));
  frames.send("40/custom?k=v");
  await frames.expect("40/custom,", '42/custom,["auth",{"k":"v"}]');
  frames.socket.close();
  await within(patience, "the end of the websocket", frames.closed);
}

/** Polling with fetch alone. */
class Polls {
  constructor(url, eio) {
    this.target = `${url}/socket.io/?EIO=${eio}&transport=polling`;
  }

  async get() {
    const answer = await fetch(this.target);
    equal(answer.status, 200, "status of a poll");
    equal(answer.headers.get("content-type"), "text/plain; charset=UTF-8", "type of a poll");
    equal(answer.headers.get("cache-control"), "no-store", "cache-control of a poll");
    const body = Buffer.from(await answer.arrayBuffer());
    equal(answer.headers.get("content-length"), String(body.length), "length of a poll");
    return body.toString();
  }

  async post(body) {
    const answer = await fetch(this.target, { method: "POST", body, headers: { "content-type": "text/plain;charset=UTF-8" } });
    equal([answer.status, answer.headers.get("content-type"), await answer.text()], [200, "text/html", "ok"], "answer of a POST");
  }

  // Polls until the packets that are awaited are there, however the server spreads them over its answers.
  async expect(separator, ...packets) {
    const found = [];
    while (found.length < packets.length) found.push(...separator(await this.get()));
    equal(found, packets, "packets");
  }
}

const splitV4 = (body) => body.split("\x1e");

function splitV3(body) {
  const packets = [];
  while (body) {
    const [, length] = body.match(/^(\d+):/);
    packets.push(body.substr(length.length + 1, Number(length)));
    body = body.slice(length.length + 1 + Number(length));
  }
  return packets;
}

async function pollingV4(url) {
  const polls = new Polls(url, 4);
  const { sid, upgrades } = openPacketOf(await polls.get());
  equal(upgrades, ["websocket"], "upgrades");
  polls.target += `&sid=${sid}`;
  await polls.post("40");
  const [connected, ...auth] = splitV4(await polls.get());
  check(/^40\{"sid":"[A-Za-z0-9_-]{20}"\}$/.test(connected), `CONNECT reply, not ${connected}`);
  if (!auth.length) await polls.expect(splitV4, '42["auth",{}]');
  await polls.post('451-["message",{"_placeholder":true,"num":0}]\x1ebAQI=\x1e421["message-with-ack","é😀"]');
  await polls.expect(splitV4, '451-["message-back",{"_placeholder":true,"num":0}]', "bAQI=", '431["é😀"]');
  await polls.post('42["disconnect-me",true]');
  await polls.expect(splitV4, "41", "6", "1");
  const gone = await fetch(polls.target);
  equal([gone.status, await gone.text()], [400, '{"code":1,"message":"Session ID unknown"}'], "after the end");
}

async function pollingV3(url) {
  const polls = new Polls(url, 3);
  const [open] = splitV3(await polls.get());
  polls.target += `&b64=1&sid=${openPacketOf(open).sid}`;
  await polls.expect(splitV3, "40", '42["auth",{}]');
  await polls.post('22:42["echo","héllo €😀"]1:239:421["message-with-ack","héllo €😀","ü"]');
  await polls.expect(splitV3, "3", '431["héllo €😀","ü"]');
  const waiting = polls.get();
  await polls.post("1:1");
  equal(await waiting, "1:6", "the last poll");
}

export const byHand = { websocketV4, websocketV3, pollingV4, pollingV3 };
