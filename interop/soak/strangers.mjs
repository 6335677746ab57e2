// Clients by hand in a soak: floods of numbered events in odd pieces, JSONP, and those that only ever begin.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import WebSocket from "ws";
import { Failure, within } from "../lib/check.mjs";
import { Stream } from "./ledger.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const portOf = ({ url }) => Number(new URL(url).port);
const engine = "/socket.io/?EIO=4&transport=";

async function dial(world) {
  const socket = connect(portOf(world), "127.0.0.1").on("error", () => {});
  await within(world.patience, "a TCP connection", new Promise((resolve) => socket.once("connect", resolve).once("close", resolve)));
  return socket;
}

/** Numbered events in one go over a websocket, compressed or not; the server counts them all. */
async function flooder(world, dice) {
  const compressed = dice.chance(0.3);
  const socket = new WebSocket(`${world.url.replace("http", "ws")}${engine}websocket`, { perMessageDeflate: compressed });
  socket.on("error", () => {});
  const text = "z".repeat(dice.between(0, 200));
  const events = dice.between(50, compressed ? 150 : 4000); // the client compresses slowly
  const counted = new Promise((resolve, reject) => {
    socket.on("close", (code, why) => reject(new Failure(`a flooder was closed: ${code} ${why}`)));
    socket.on("message", (data) => {
      const said = data.toString();
      if (said === "2") socket.send("3");
      if (said.startsWith("40")) {
        for (let i = 1; i <= events; i++) socket.send(`42["count",${i},"${text}"]`);
        socket.send('421["fence"]');
      }
      if (said.startsWith("431[")) resolve(Number(said.slice(4, -1)));
    });
    socket.on("open", () => socket.send("40"));
  });
  const found = await within(world.patience, "the fence behind a flood", counted);
  if (found !== events) world.ledger.fault(`the server has counted ${found} of a flood of ${events}`);
  world.ledger.add("messages checked", events);
  world.ledger.add("clients");
  dice.chance(0.5) ? socket.terminate() : socket.close();
}

/** A session over HTTP, by hand. */
class Polls {
  constructor(world, query) {
    Object.assign(this, { world, target: `${world.url}/socket.io/?${query}` });
  }

  async ask(options) {
    const answer = await within(this.world.patience, "a poll's answer", fetch(this.target, { ...options, headers: { connection: "close", ...options?.headers } }));
    const text = await answer.text();
    if (answer.status !== 200) throw new Failure(`a poll was answered ${answer.status} ${text}`);
    return text;
  }

  async open() {
    const first = await this.ask();
    this.target += `&sid=${/sid\\?":\\?"([\w-]+)/.exec(first)[1]}`;
    this.world.ledger.add("clients");
  }
}

const form = { "content-type": "application/x-www-form-urlencoded" };

/** As Internet Explorer 8 did: scripts and forms. */
async function jsonp(world, dice) {
  const polls = new Polls(world, "EIO=3&transport=polling&b64=1&j=7");
  await polls.open();
  const post = (text) => polls.ask({ method: "POST", headers: form, body: `d=${encodeURIComponent(`${text.length}:${text}`)}` });
  const stream = new Stream(world.ledger, "JSONP in a flood", { first: 1 });
  const events = dice.between(1, 30);
  for (let i = 1; i <= events; i++) {
    await post(`42["count",${i}]`);
    if (i % 10 === 0) await post("2"); // its heart
  }
  await post(`42["flood",${events},100]`);
  await post('421["fence"]');
  for (let counted; counted === undefined;) {
    const said = JSON.parse(/^___eio\[7\]\((.*)\);$/s.exec(await polls.ask())[1]);
    for (const [, number] of said.matchAll(/\["flooded",(\d+)/g)) stream.take(Number(number));
    counted = /\d:431\[(\d+)\]/.exec(said)?.[1];
    if (said.includes("2:40")) continue;
    if (counted !== undefined && Number(counted) !== events) world.ledger.fault(`JSONP: the server has counted ${counted} of ${events}`);
  }
  if (stream.last !== events) world.ledger.fault(`JSONP: heard ${stream.last} of ${events}`);
  if (dice.chance(0.5)) await post("1");
}

const beginnings = [
  () => "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
  () => "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  () => "POST /socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n40",
  () => "POST /page HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nabc",
  () => "GET /stats HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50),
  () => randomBytes(300),
  () => "",
];

/** Says something, whole or a part of it, and leaves or says nothing more. */
async function beginner(world, dice) {
  const socket = await dial(world);
  const bytes = Buffer.from(dice.pick(beginnings)());
  const said = dice.chance(0.5) ? bytes : bytes.subarray(0, dice.between(0, bytes.length));
  const cut = dice.between(0, said.length);
  socket.write(said.subarray(0, cut));
  await pause(dice.between(0, 20));
  socket.write(said.subarray(cut));
  await pause(dice.pick([0, 0, 30, 3000]));
  dice.chance(0.5) ? socket.resetAndDestroy() : socket.destroy();
  world.ledger.add("strangers");
}

/** A polling session with one of its requests torn. */
async function torn(world, dice) {
  const polls = new Polls(world, "EIO=4&transport=polling");
  await polls.open();
  await polls.ask({ method: "POST", body: "40" });
  const socket = await dial(world);
  const target = polls.target.slice(world.url.length);
  const head = dice.chance(0.5)
    ? `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
    : `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n42["count",1]`;
  socket.write(head.slice(0, dice.between(1, head.length)));
  await pause(dice.between(0, 100));
  dice.chance(0.5) ? socket.resetAndDestroy() : socket.destroy();
}

export const strangers = { flooder, jsonp, beginner, torn };
