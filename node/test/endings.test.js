"use strict";

// How sessions end: the reason, what is told of it, and what the client reads, in each state and for each wrong.
const net = require("node:net");
const { record } = require("./record");
const { alike, bare, connect, once, opened, serve, until, WebSocket } = require("./targets");

const polling = (place, sid = "", eio = 4) => `${place.url}/engine.io/?EIO=${eio}&transport=polling${sid && `&sid=${sid}`}`;

/** A websocket by hand: what is written to it is written as it is. */
async function raw(place, query = "EIO=4&transport=websocket") {
  const socket = net.connect(place.port, "127.0.0.1");
  opened.push(() => socket.destroy());
  socket.got = Buffer.alloc(0);
  socket.on("data", (chunk) => { socket.got = Buffer.concat([socket.got, chunk]); });
  socket.on("error", () => {});
  socket.write(`GET /engine.io/?${query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  await once(socket, "data");
  return socket;
}

const frame = (first, payload, mask = 0x80) => {
  const bytes = Buffer.from(payload);
  const length = bytes.length < 126 ? [mask | bytes.length] : [mask | 126, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from([first, ...length, ...(mask ? [0, 0, 0, 0] : [])]), bytes]);
};
const told = (log) => (reason, why) => log.push(["close", reason, why && [why.name, why.message, why.type, String(why.description).split("\n")[0]]]);

async function breaking(engine, bytes, options = {}) {
  const place = await serve(engine, { maxHttpBufferSize: 1000, ...options });
  const log = [];
  const connection = once(place.io, "connection");
  const client = await raw(place);
  const [socket] = await connection;
  socket.on("message", (data) => log.push(["message", String(data)]));
  socket.on("close", told(log));
  const { transport } = socket;
  for (const name of ["error", "close"]) transport.on(name, (what) => log.push([`transport ${name}`, what && what.message, socket.readyState]));
  await until(() => client.got.length > client.got.indexOf("\r\n\r\n") + 4 && socket.transport.writable);
  const from = client.got.length;
  const gone = once(client, "close");
  for (const each of [bytes].flat()) client.write(each);
  await until(() => socket.readyState === "closed");
  // Its answer to the server's close frame.
  client.end();
  await gone;
  await until(() => log.some(([name]) => name === "transport close"), "transport close");
  return [...log, client.got.subarray(from).toString("hex")];
}

const wrongs = {
  "no mask": frame(0x81, "4x", 0), "RSV1 without compression": frame(0xc1, "4x"), "RSV2": frame(0xa1, "4x"), "RSV3": frame(0x91, "4x"),
  "opcode 3": frame(0x83, "4x"), "opcode 11": frame(0x8b, "x"), "a continuation of nothing": frame(0x80, "x"),
  "a message amid another": [frame(0x01, "4a"), frame(0x81, "4b")], "a fragmented ping": frame(0x09, "x"), "a ping of 126": frame(0x89, "x".repeat(126)),
  "text that is no UTF-8": frame(0x81, [0x34, 0xff]), "text cut in a character": frame(0x81, [0x34, 0xe2, 0x82]), "a surrogate in UTF-8": frame(0x81, [0x34, 0xed, 0xa0, 0x80]),
  "a message behind which a wrong comes": [Buffer.concat([frame(0x81, "4good"), frame(0x83, "x")])],
  "a close without a code": frame(0x88, ""), "a close of one byte": frame(0x88, [3]), "a close 1000": frame(0x88, [3, 232]), "a close 1001 with words": frame(0x88, [3, 233, 0x62, 0x79, 0x65]),
  "a close 1005": frame(0x88, [3, 237]), "a close 999": frame(0x88, [3, 231]), "a close 4000": frame(0x88, [0x0f, 0xa0]), "a close that is no UTF-8": frame(0x88, [3, 232, 0xff]),
  "too long": frame(0x81, `4${"x".repeat(1000)}`), "too long in fragments": [frame(0x01, `4${"x".repeat(600)}`), frame(0x80, "x".repeat(600))],
  "a length of 64 bits": Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), "a length beyond all": Buffer.from([0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]),
  "no packet": frame(0x81, "x"), "an empty text": frame(0x81, ""), "a packet type 9": frame(0x81, "9"), "a ping of the client": frame(0x81, "2"), "a probe of no upgrade": frame(0x81, "2probe"),
};
for (const [name, bytes] of Object.entries(wrongs)) alike(`a websocket with ${name}`, (engine) => breaking(engine, [bytes].flat()).then((log) => log, (error) => [String(error)]));
for (const [name, bytes] of Object.entries({ "RSV1 on a continuation": [frame(0x41, "x"), frame(0xc0, "x")], "RSV1 on a ping": frame(0xc9, "x"), "what does not inflate": frame(0xc1, [255, 255, 255]) }))
  alike(`a compressed websocket with ${name}`, (engine) => breaking(engine, bytes, { perMessageDeflate: true }));

for (const [name, size] of Object.entries({ "of the largest size": 999, "of one byte more": 1000 }))
  alike(`a message ${name}, over both`, async (engine) => {
    const log = await (async () => {
      const place = await serve(engine, { maxHttpBufferSize: 1000 });
      const seen = [];
      place.io.on("connection", (socket) => { socket.on("message", (data) => { seen.push(data.length); socket.close(); }); socket.on("close", told(seen)); });
      const client = await bare(place);
      client.on("error", () => {});
      client.send(`4${"x".repeat(size)}`);
      const [code, why] = await once(client, "close");
      seen.push(code, String(why));
      const { sid } = JSON.parse((await (await fetch(polling(place))).text()).slice(1));
      const answer = await fetch(polling(place, sid), { method: "POST", body: `4${"x".repeat(size)}` }).catch((error) => ({ status: error.message }));
      seen.push(answer.status);
      // What has been closed is told, or it would be waited for.
      if (size === 999) seen.push(await (await fetch(polling(place, sid))).text());
      return seen;
    })();
    return log;
  });

// ---- states in which a session may be

const acts = { "close()": (socket) => socket.close(), "close(true)": (socket) => socket.close(true), "the server's close()": (socket) => socket.server.close() };
const states = {
  "in the connection event, over websocket": async (place, act) => { place.io.on("connection", act); const client = await bare(place); return once(client, "close"); },
  "a tick behind the connection": async (place, act) => { place.io.on("connection", (socket) => process.nextTick(act, socket)); const client = await bare(place); return once(client, "close"); },
  "behind two sends": async (place, act) => {
    place.io.on("connection", (socket) => { socket.send("a"); socket.send("b"); act(socket); });
    const client = await bare(place);
    const ended = await once(client, "close");
    return [...ended, ...client.got.slice(1)];
  },
  "twice": async (place, act) => { place.io.on("connection", (socket) => { act(socket); act(socket); }); return once(await bare(place), "close"); },
  "in the message event": async (place, act) => {
    place.io.on("connection", (socket) => socket.on("message", () => act(socket)));
    const client = await bare(place);
    client.send("4x");
    client.send("4y");
    return once(client, "close");
  },
  "in the connection event, over polling": async (place, act) => {
    place.io.on("connection", act);
    const { sid } = JSON.parse((await (await fetch(polling(place))).text()).slice(1));
    const answer = await fetch(polling(place, sid));
    return [answer.status, (await answer.text()).replaceAll(sid, "")];
  },
  "of the official client, upgraded": async (place, act) => {
    const client = connect(place, { transports: ["polling", "websocket"] });
    place.io.on("connection", (socket) => socket.on("upgrade", () => setTimeout(act, 20, socket)));
    const [reason] = await new Promise((resolve) => client.on("close", (...why) => resolve(why)));
    return [reason];
  },
  "of the official client, upgrading": async (place, act) => {
    const client = connect(place, { transports: ["polling", "websocket"] });
    place.io.on("connection", (socket) => socket.on("upgrading", () => process.nextTick(act, socket)));
    const [reason] = await new Promise((resolve) => client.on("close", (...why) => resolve(why)));
    return [reason];
  },
};
for (const [state, body] of Object.entries(states))
  for (const [name, act] of Object.entries(acts))
    alike(`${name} ${state}`, async (engine) => {
      const place = await serve(engine);
      const log = [];
      place.io.on("connection", (socket) => socket.on("close", (reason, why) => log.push([reason, why && why.message, socket.transport.name, socket.readyState, place.io.clientsCount])));
      const ended = await body(place, act);
      await until(() => place.io.clientsCount === 0);
      return [...log, ...ended.map(String)];
    });

for (const [where, later] of Object.entries({
  "a message": (then) => then(), "a timer": (then) => setTimeout(then, 5), "an immediate": setImmediate, "a tick": process.nextTick,
}))
  alike(`what was sent before destroy() within ${where}, and what comes before its close`, async (engine) => {
    const place = await serve(engine);
    const log = record(place.io);
    const connection = once(place.io, "connection");
    const client = await bare(place);
    const [socket] = await connection;
    await until(() => client.got.length === 1 && socket.transport.writable);
    const gone = once(client, "close");
    log.length = 0;
    socket.on("message", () => later(() => {
      socket.send("last");
      socket.request.socket.destroy();
      process.nextTick(() => log.push("tick"));
      setImmediate(() => {
        log.push("immediate");
        setImmediate(() => log.push("the next"));
      });
    }));
    client.send("4go");
    await gone;
    await until(() => log.includes("the next") && log.some((line) => line.startsWith("transport close")));
    return [...log, ...client.got.slice(1)];
  });

// ---- upgrades that come too late, or twice

alike("an upgrade of a session that closes while a middleware thinks", async (engine) => {
  const place = await serve(engine);
  const { sid } = JSON.parse((await (await fetch(polling(place))).text()).slice(1));
  place.io.use((req, res, next) => { place.io.clients[sid].close(true); setImmediate(next); });
  const log = [];
  place.io.on("connection_error", ({ code, context }) => log.push(code, Object.keys(context)));
  const client = new WebSocket(`${place.ws}&sid=${sid}`);
  opened.push(() => client.terminate());
  const [error] = await once(client, "error");
  return [...log, error.message];
});

alike("two upgrades of one session at once", async (engine) => {
  const place = await serve(engine);
  const { sid } = JSON.parse((await (await fetch(polling(place))).text()).slice(1));
  const socket = place.io.clients[sid];
  const one = await bare(place, `&sid=${sid}`);
  const two = await bare(place, `&sid=${sid}`);
  const [code] = await once(two, "close");
  one.send("2probe");
  await until(() => one.got.length === 1);
  one.send("5");
  await until(() => socket.upgraded);
  const three = await bare(place, `&sid=${sid}`);
  const [again] = await once(three, "close");
  socket.send("still");
  await until(() => one.got.includes("4still"));
  return [code, again, ...one.got, socket.readyState];
});

alike("upgrades where they are not allowed", async (engine) => {
  const place = await serve(engine, { allowUpgrades: false });
  const opening = JSON.parse((await (await fetch(polling(place))).text()).slice(1));
  const client = await bare(place, `&sid=${opening.sid}`);
  client.send("2probe");
  await until(() => client.got.length === 1);
  client.send("5");
  await until(() => place.io.clients[opening.sid].upgraded);
  return [opening.upgrades, ...client.got];
});

// ---- heartbeats

for (const [name, query] of Object.entries({ "4": "EIO=4&transport=websocket", "3": "EIO=3&transport=websocket" }))
  alike(`a silent websocket of revision ${name}`, async (engine) => {
    const place = await serve(engine, { pingInterval: 20, pingTimeout: 30, allowEIO3: true });
    const log = [];
    place.io.on("connection", (socket) => socket.on("close", told(log)));
    await raw(place, query);
    await until(() => log.length > 0);
    return log;
  });

alike("revision 3 has pongs between many messages", async (engine) => {
  const place = await serve(engine, { allowEIO3: true });
  const log = [];
  place.io.on("connection", (socket) => {
    socket.on("heartbeat", () => log.push("heartbeat"));
    socket.on("packet", ({ type }) => log.push(type));
    for (let i = 0; i < 50; i++) socket.send(`${i}`);
  });
  const client = new WebSocket(place.ws.replace("EIO=4", "EIO=3"));
  opened.push(() => client.terminate());
  const got = [];
  client.on("message", (data, binary) => got.push(binary ? `hex ${data.toString("hex")}` : String(data)));
  await once(client, "open");
  for (const text of ["2", "2probe", "4x", "b4AQID"]) client.send(text);
  client.send(Buffer.from([4, 1, 2]));
  await until(() => got.length === 53 && log.length === 7);
  client.send("3");
  await once(client, "close");
  return [...log, ...got.slice(1)];
});
