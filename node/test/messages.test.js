"use strict";

// Messages of all kinds and sizes over all transports: on the package as on the reference.
const assert = require("node:assert/strict");
const zlib = require("node:zlib");
const { Socket: Client } = require("engine.io-client");
const { Socket: Client3 } = require("engine.io-client-3");
const { alike, opened, serve, until } = require("./targets");
const { record } = require("./record");

const kind = (data) => (typeof data !== "object" ? data : data instanceof ArrayBuffer ? ["arraybuffer", ...new Uint8Array(data)] : [data.constructor.name, ...data]);

async function echoing(engine, options, make) {
  const place = await serve(engine, options);
  const log = [];
  place.io.on("connection", (socket) => {
    socket.on("message", (data) => {
      log.push("in", kind(data));
      socket.send(data);
    });
    socket.on("close", (reason, why) => log.push(reason, why && why.message));
  });
  const client = make(place);
  opened.push(() => client.close());
  client.on("message", (data) => log.push("out", kind(data)));
  client.on("close", (reason) => log.push("closed", reason));
  await new Promise((resolve) => client.once("open", resolve));
  return { place, log, client };
}

const clients = {
  polling: ({ url }) => new Client(url, { transports: ["polling"] }),
  websocket: ({ url }) => new Client(url, { transports: ["websocket"] }),
  "polling of revision 3": ({ url }) => new Client3(url, { transports: ["polling"] }),
  "websocket of revision 3": ({ url }) => new Client3(url, { transports: ["websocket"] }),
  "websocket in base64": ({ url }) => new Client3(url, { transports: ["websocket"], forceBase64: true }),
};

for (const [name, make] of Object.entries(clients)) {
  alike(`messages over ${name}`, async (engine) => {
    const { log, client } = await echoing(engine, { allowEIO3: true }, make);
    const messages = ["text", "", "été 日本語 😀", "\u0000\ud800x", "4", "b", Buffer.from([1, 2, 3]), Buffer.alloc(0), new Uint8Array([4, 5]).buffer, new Uint8Array([0, 255, 128])];
    for (const [i, message] of messages.entries()) {
      client.send(message);
      await until(() => log.filter((each) => each === "out").length === i + 1, `${name} ${i}`);
    }
    client.close();
    await until(() => log.includes("transport close"));
    return log;
  });

  alike(`views of binary data, and what is neither text nor binary, to ${name}`, async (engine) => {
    const { place, log, client } = await echoing(engine, { allowEIO3: true }, make);
    const [socket] = Object.values(place.io.clients);
    const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
    const messages = [bytes.subarray(2, 5), new Uint16Array(bytes.buffer, 2, 2), bytes.buffer, Buffer.from(bytes.buffer, 3, 2), 5, true, null, undefined, 0];
    for (const message of messages) {
      const before = log.length;
      socket.send(message);
      await until(() => log.length > before, `${name} ${message}`);
    }
    assert.equal(client.readyState, "open");
    return log;
  });
}

for (const [name, make] of Object.entries(clients))
  for (const size of [99, 100, 101, 5000])
    alike(`${size} of 100 bytes over ${name}`, async (engine) => {
      const { place, log, client } = await echoing(engine, { allowEIO3: true, maxHttpBufferSize: 100 }, make);
      place.io.clients[client.id].on("error", () => log.push("error"));
      client.send("x".repeat(size - 1));
      await until(() => log.includes("out") || log.includes("closed"));
      return log.filter((each) => each !== "transport close" && each !== undefined).map((each) => (typeof each === "string" && each.startsWith("xxx") ? each.length : each));
    });

for (const maxHttpBufferSize of [undefined, "1000", Infinity])
  alike(`a maxHttpBufferSize that is ${typeof maxHttpBufferSize}, ${maxHttpBufferSize}`, async (engine) => {
    const { place, log, client } = await echoing(engine, { maxHttpBufferSize }, clients.websocket);
    const socket = place.io.clients[client.id];
    for (let i = 0; i < 3; i++) socket.send(`one of several ${i}`);
    await until(() => log.length >= 6 || log.includes("closed"));
    log.length = 6;
    client.send("x".repeat(1001));
    await until(() => log.length >= 8);
    return log.slice(0, 8).map((each) => String(each).slice(0, 20));
  });

alike("many messages in both directions at once come in order", async (engine) => {
  const seen = [];
  for (const make of [clients.polling, clients.websocket]) {
    const { log, client } = await echoing(engine, {}, make);
    for (let i = 0; i < 200; i++) client.send(i % 7 === 0 ? Buffer.from([i]) : `n${i}`);
    await until(() => log.filter((each) => each === "out").length === 200);
    const words = (which) => log.filter((_, i) => log[i - 1] === which);
    seen.push(words("in"), words("out"));
  }
  return seen;
});

for (const httpCompression of [undefined, false, { threshold: 10 }, { threshold: 0, level: 1 }])
  for (const compress of [true, false])
    alike(`httpCompression ${JSON.stringify(httpCompression)}, compress ${compress}`, async (engine) => {
      const place = await serve(engine, httpCompression === undefined ? {} : { httpCompression });
      const seen = [];
      const url = `${place.url}/engine.io/?EIO=4&transport=polling`;
      const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
      for (const size of [5, 2000])
        for (const encoding of ["gzip", "deflate", "br", "identity"]) {
          place.io.clients[sid].send("x".repeat(size), { compress });
          const answer = await new Promise((resolve) =>
            require("node:http").get(`${url}&sid=${sid}`, { headers: { "accept-encoding": encoding } }, resolve));
          const body = Buffer.concat(await answer.toArray());
          const how = answer.headers["content-encoding"];
          seen.push(how, answer.headers["content-length"] === undefined, String(how === "gzip" ? zlib.gunzipSync(body) : how === "deflate" ? zlib.inflateSync(body) : body).length);
        }
      return seen;
    });

alike("packets of a session of revision 3", async (engine) => {
  const place = await serve(engine, { allowEIO3: true, pingInterval: 100, pingTimeout: 20_000 });
  const log = record(place.io);
  const client = clients["websocket of revision 3"](place);
  opened.push(() => client.close());
  await until(() => log.filter((line) => line === "heartbeat").length === 1);
  client.close();
  await until(() => log.some((line) => line.startsWith("close ")));
  return log;
});

alike("a session of revision 3 that goes silent", async (engine) => {
  const place = await serve(engine, { allowEIO3: true, pingInterval: 20, pingTimeout: 20 });
  const log = record(place.io);
  const client = new (require("ws").WebSocket)(place.ws.replace("EIO=4", "EIO=3"));
  opened.push(() => client.terminate());
  await until(() => log.includes("transport close closed"));
  return log;
});
