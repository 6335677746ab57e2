"use strict";

// Whatever strangers send, the process goes on, serves others, and keeps nothing.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const net = require("node:net");
const { bare, kedge, opened, serve, until } = require("./targets");

const head = (port) =>
  `GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/** Numbers that are the same in each run. */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const noise = (roll, size) => Buffer.from(Array.from({ length: size }, () => roll(256)));

/** A frame whose bits are right, wrong, or nearly right. */
function frame(roll) {
  const payload = roll(3) === 0 ? noise(roll, roll(200)) : Buffer.from(`${roll(10)}${"text ".repeat(roll(40))}`);
  const first = [0x81, 0x82, 0x01, 0x80, 0x00, 0x88, 0x89, 0x8a, 0xc1, 0xf1, roll(256)][roll(11)];
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff];
  if (roll(12) === 0) length[0] &= 0x7f;
  if (roll(20) === 0) length.splice(0, 9, 0xff, 0xff, ...noise(roll, 7));
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload]);
}

function intrude(place, roll) {
  return new Promise((resolve) => {
    const socket = net.connect(place.port, "127.0.0.1");
    opened.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", resolve);
    const bytes = Buffer.concat([Buffer.from(head(place.port)), ...Array.from({ length: 1 + roll(12) }, () => frame(roll))]);
    const cut = roll(4) === 0 ? head(place.port).length + roll(bytes.length - head(place.port).length) : bytes.length;
    socket.write(bytes.subarray(0, cut));
    if (roll(3) === 0) setTimeout(() => socket.write(frame(roll)), roll(10));
    const leave = [() => socket.end(), () => socket.destroy(), () => socket.resetAndDestroy()][roll(3)];
    setTimeout(leave, 5 + roll(40));
    socket.resume();
  });
}

kedge("frames of all kinds from many strangers, while a friend talks on", async (engine) => {
  const place = await serve(engine, { maxHttpBufferSize: 10_000, perMessageDeflate: true });
  const reasons = new Set();
  place.io.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
    socket.on("close", (reason) => reasons.add(reason));
  });
  const friend = await bare(place);
  await until(() => friend.got.length === 1);
  const descriptors = () => fs.readdirSync("/proc/self/fd").length;
  const before = descriptors();
  const roll = dice(7);
  for (let round = 0; round < 15; round++) {
    await Promise.all(Array.from({ length: 20 }, () => intrude(place, roll)));
    friend.send(`4round ${round}`);
  }
  await until(() => friend.got.length === 16);
  await until(() => place.io.clientsCount === 1);
  await until(() => descriptors() <= before);
  assert.deepEqual([...reasons].sort(), ["parse error", "transport close", "transport error"]);
});

kedge("what a message inflates to is bounded", async (engine) => {
  const place = await serve(engine, { maxHttpBufferSize: 10_000, perMessageDeflate: true });
  const reason = new Promise((resolve) => place.io.on("connection", (socket) => socket.on("close", (why) => resolve(why))));
  const client = await bare(place, "", { perMessageDeflate: true });
  client.send("4".padEnd(1e6, "x"));
  assert.equal(await reason, "transport error");
});

kedge("messages of a megabyte, in both directions, at once", async (engine) => {
  const place = await serve(engine, { maxHttpBufferSize: 1e8 });
  place.io.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const clients = await Promise.all(Array.from({ length: 5 }, () => bare(place)));
  const text = `4${"é".repeat(5e5)}`;
  const binary = Buffer.alloc(1e6, 7);
  for (const client of clients) for (let i = 0; i < 5; i++) client.send(i % 2 ? binary : text);
  await until(() => clients.every(({ got }) => got.length === 6));
  for (const { got } of clients) got.slice(1).forEach((data, i) => assert.ok(i % 2 ? data.equals(binary) : data === text));
});
