"use strict";

// What is sent: its kinds on the wire, its callbacks, and the events of packets, in order.
const { alike, bare, once, serve, until } = require("./targets");

const polling = (place, sid = "") => `${place.url}/engine.io/?EIO=4&transport=polling${sid && `&sid=${sid}`}`;

/** A session, its log, and how its client takes what waits. */
async function overPolling(engine, options) {
  const place = await serve(engine, options);
  const connection = once(place.io, "connection");
  const { sid } = JSON.parse((await (await fetch(polling(place))).text()).slice(1));
  const [socket] = await connection;
  const got = [];
  return { place, socket, got, post: (body) => fetch(polling(place, sid), { method: "POST", body }),
    take: async () => got.push(...(await (await fetch(polling(place, sid))).text()).split("\x1e")) };
}

async function overWebSocket(engine, options, query = "", clientOptions = {}) {
  const place = await serve(engine, options);
  const connection = once(place.io, "connection");
  const client = await bare(place, query, clientOptions);
  const [socket] = await connection;
  await until(() => client.got.length === 1 && socket.transport.writable);
  client.got.length = 0;
  return { place, socket, client, got: client.got, post: async (text) => client.send(text), take: async () => {} };
}

const ways = { polling: overPolling, websocket: overWebSocket };
const brief = (each) => (Buffer.isBuffer(each) ? `hex ${each.toString("hex")}` : each);

function hear(socket, log) {
  const { server } = socket;
  const list = (packets) => packets.map(({ type, data, options }) => `${type}:${data}:${JSON.stringify(options)}`).join(" ");
  socket.on("flush", (packets) => log.push(`flush ${list(packets)} ${socket.writeBuffer.length}`));
  socket.on("drain", () => log.push(`drain ${socket.writeBuffer.length}`));
  server.on("flush", (which, packets) => log.push(`server flush ${which === socket} ${packets.length}`));
  server.on("drain", (which) => log.push(`server drain ${which === socket}`));
  socket.on("packetCreate", ({ type, data, options }) => log.push(`create ${type} ${data} ${JSON.stringify(options)} ${socket.writeBuffer.length}`));
  socket.on("packet", (packet) => log.push(`packet ${JSON.stringify(packet)}`));
  socket.on("heartbeat", () => log.push("heartbeat"));
}

for (const [way, open] of Object.entries(ways)) {
  const row = (name, body) => alike(`${way}: ${name}`, async (engine) => body(await open(engine)));
  const end = async ({ socket, got, take }, enough) => {
    while (got.length < enough) await take(), await until(() => true), await new Promise(setImmediate);
    await until(() => socket.writeBuffer.length === 0);
  };

  row("kinds of data", async (seen) => {
    const bytes = Uint8Array.from([0, 1, 254, 255, 5, 6, 7, 8]);
    const kinds = ["text", "", "é€😀", "\ud800 alone", "\0", "x".repeat(70_000), 0, 7, -1.5, true, false, null, undefined, {}, [1, 2], 5n,
      Buffer.from(bytes), Buffer.alloc(0), bytes, new Uint8Array(bytes.buffer, 2, 3), new Int32Array(bytes.buffer), new Float64Array(bytes.buffer),
      new DataView(bytes.buffer, 1, 2), bytes.buffer, new ArrayBuffer(0)];
    for (const [i, data] of kinds.entries()) {
      seen.socket.send(data);
      await end(seen, i + 1);
    }
    return seen.got.map(brief);
  });

  row("many at once, text and binary among each other", async (seen) => {
    for (let i = 0; i < 20; i++) seen.socket.send(i % 3 ? `text ${i}` : Buffer.from([i]));
    await end(seen, 20);
    return seen.got.map(brief);
  });

  row("callbacks of many, with and without, in order", async (seen) => {
    const log = [];
    const { socket } = seen;
    hear(socket, log);
    for (let i = 0; i < 4; i++) socket.send(`${i}`, i % 2 ? undefined : {}, (transport) => log.push(`sent ${i} ${transport.name}`));
    socket.send("as options", () => log.push("sent, as options"));
    socket.send("without");
    log.push(`behind ${socket.packetsFn.length} ${socket.writeBuffer.length}`);
    await end(seen, 6);
    await until(() => log.includes("sent, as options"));
    return [...log, ...seen.got];
  });

  row("a callback that sends again", async (seen) => {
    const log = [];
    const { socket } = seen;
    const again = (left) => socket.send(`left ${left}`, () => { log.push(`sent ${left}`); if (left > 0) again(left - 1); });
    again(3);
    await end(seen, 4);
    await until(() => log.length === 4);
    return [...log, ...seen.got];
  });

  row("callbacks are forgotten at the end", async (seen) => {
    const log = [];
    const { socket } = seen;
    for (const name of ["one", "two"]) socket.send(name, () => log.push(`sent ${name}`));
    socket.on("close", (reason) => log.push(reason, socket.packetsFn.length, socket.sentCallbackFn.length, socket.writeBuffer.length));
    socket.close(true);
    log.push(socket.readyState, socket.writeBuffer.length, socket.send("too late", () => log.push("never")) === socket);
    await new Promise((resolve) => setTimeout(resolve, 30));
    log.push(socket.writeBuffer.length);
    return log;
  });

  row("packets of both directions", async (seen) => {
    const log = [];
    hear(seen.socket, log);
    seen.socket.on("message", (data) => seen.socket.write(`${data} back`));
    await seen.post("4one");
    await end(seen, 1);
    seen.socket.sendPacket("pong");
    seen.socket.sendPacket("noop", "", { compress: false, volatile: true });
    await end(seen, 3);
    return [...log, ...seen.got];
  });

  // In the reference a poll that is answered by closing, amid what answers it, never ends.
  for (const event of way === "polling" ? ["packetCreate"] : ["packetCreate", "flush", "drain", "message", "data", "packet"])
    row(`close() within ${event}`, async (seen) => {
      const log = [];
      const { socket } = seen;
      socket.on("close", (reason) => log.push(`close ${reason} ${socket.readyState} ${socket.writeBuffer.length}`));
      socket.once(event, () => { log.push(event); socket.close(); log.push(socket.readyState); });
      if (/message|data|packet$/.test(event)) await seen.post("4in");
      else socket.send("last");
      const taken = seen.take().catch(() => log.push("cut"));
      await until(() => socket.readyState === "closed");
      await taken;
      return [...log, ...seen.got];
    });

  if (way === "websocket") row("send() within the events of a send", async (seen) => {
    const log = [];
    const { socket } = seen;
    for (const event of ["packetCreate", "flush", "drain"]) socket.once(event, () => { log.push(event); socket.send(`within ${event}`); });
    socket.send("first");
    await end(seen, 4);
    return [...log, ...seen.got];
  });
}

// ---- websockets alone

alike("frames that were encoded before, one for many and odd ones", async (engine) => {
  const { socket, got } = await overWebSocket(engine);
  const frame = (text, opcode = 0x81) => [Buffer.from([opcode, text.length]), Buffer.from(text)];
  socket.send("data", { wsPreEncodedFrame: frame("4frame") });
  socket.send("data", { wsPreEncoded: "4older" });
  socket.send("binary", { wsPreEncodedFrame: frame("bin", 0x82) });
  socket.send("whole", { wsPreEncodedFrame: [Buffer.concat(frame("4whole"))] });
  socket.send("last", { preEncoded: true, volatile: true });
  await until(() => got.length === 5);
  return got.map(brief);
});

for (const threshold of [0, 100, 1024, undefined])
  alike(`compressed above ${threshold} alone`, async (engine) => {
    const seen = await overWebSocket(engine, { perMessageDeflate: { threshold } }, "", { perMessageDeflate: true });
    const compressed = [];
    const { _receiver: receiver } = seen.client;
    const { getInfo } = receiver;
    receiver.getInfo = function(...what) {
      getInfo.apply(this, what);
      if (this._state !== 0) compressed.push(this._compressed);
    };
    const sizes = [1, 98, 99, 100, 1022, 1023, 1024, 3000];
    for (const size of sizes)
      for (const options of [{}, { compress: true }, { compress: false }, { wsPreEncodedFrame: [Buffer.from([0x81, 2]), Buffer.from("4x")] }]) {
        const before = seen.got.length;
        seen.socket.send("x".repeat(size), options);
        await until(() => seen.got.length > before && seen.socket.transport.writable);
      }
    return [...compressed, ...seen.got.map((text) => text.length)];
  });

alike("a websocket that wants base64", async (engine) => {
  const { socket, client, got } = await overWebSocket(engine, {}, "&b64=1");
  const log = [socket.transport.supportsBinary];
  socket.on("message", (data) => log.push(brief(data)));
  socket.send(Buffer.from([1, 2, 3]));
  socket.send("text");
  for (const text of ["bAQID", "b", "b!", "4bAQID"]) client.send(text);
  client.send(Buffer.from([9]));
  client.send(Buffer.alloc(0));
  client.send("4end");
  await until(() => log.includes("end") && got.length === 2);
  return [...log, ...got.map(brief)];
});

alike("what a client may send", async (engine) => {
  const { socket, client } = await overWebSocket(engine);
  const log = [];
  socket.on("packet", (packet) => log.push(JSON.stringify(packet).slice(0, 80)));
  socket.on("message", (data) => log.push([typeof data, Buffer.isBuffer(data), data === undefined ? 0 : data.length]));
  socket.on("error", (error) => log.push(String(error)));
  for (const what of ["4", "4é€😀", "4\0", `4${"y".repeat(200_000)}`, "6", "3", "5", "0", "1", "4last"]) client.send(what);
  client.send(Buffer.from("4 is no type here"), { binary: true });
  client.send("4frag", { fin: false });
  client.send("ments", { fin: true });
  await until(() => log.filter((line) => Array.isArray(line)).length === 7);
  return log;
});
