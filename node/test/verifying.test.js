"use strict";

// Who is let in and who is not: what the server tells of a refusal, with all its context, and what the client reads.
const http = require("node:http");
const { alike, exchange, once, opened, serve, until, WebSocket } = require("./targets");

const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const upgrade = (url, headers = "") => `GET ${url} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}${headers}\r\n`;
const request = (url, headers = "", method = "GET") => `${method} ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;
const at = (query) => `/engine.io/?${query}`;
const polling = "EIO=4&transport=polling";
const ws = "EIO=4&transport=websocket";
const opening = (got) => /"maxPayload":\d+}|\x88\0$|HTTP\/1.1 [45][^]*\r\n\r\n/.test(got);
const plain = (answer) => answer.replace(/^Date: .*\r\n/gm, "").replace(/(sid\\?":\\?")[\w-]{20}/g, "$1");

/** Asks an engine one thing after another, and writes down what it tells of it. */
async function ask(engine, options, requests, prepare = () => {}) {
  const place = await serve(engine, options);
  const log = [];
  place.io.on("connection_error", ({ req, code, message, context }) =>
    log.push([code, message, { ...context, error: String(context.error) }, req.url, req.method, typeof req._query, req.headers.origin]));
  place.io.on("connection", (socket) => log.push(`connection ${socket.transport.name} ${socket.protocol}`));
  await prepare(place, log);
  for (const bytes of requests) log.push(plain(await exchange(place, bytes, opening)));
  return log;
}

const row = (name, requests, { options = {}, prepare } = {}) =>
  alike(name, (engine) => ask(engine, typeof options === "function" ? options() : options, requests, prepare));
const each = (query = "", headers = "") => [request(at(polling + query), headers), upgrade(at(ws + query), headers)];

for (const transport of ["tobi", "", "__proto__", "hasOwnProperty", "webtransport", "websocket&transport=polling"])
  row(`transport=${transport}`, [request(at(`EIO=4&transport=${transport}`)), upgrade(at(`EIO=4&transport=${transport}`))]);
for (const sid of ["unknown", "__proto__", "constructor", "%00", "a&sid=b"]) row(`sid=${sid}`, each(`&sid=${sid}`));
for (const EIO of ["", "3", "4", "5", "04", "4&EIO=3"])
  for (const allowEIO3 of [false, true])
    row(`EIO=${EIO}, allowEIO3 ${allowEIO3}`, [request(at(`EIO=${EIO}&transport=polling`)), upgrade(at(`EIO=${EIO}&transport=websocket`))], { options: { allowEIO3 } });
for (const method of ["PUT", "POST", "DELETE", "HEAD", "OPTIONS"]) row(`a handshake by ${method}`, [request(at(polling), "", method), request(at(ws), "", method)]);
row("a websocket where transports has polling alone", each(), { options: { transports: ["polling"], destroyUpgradeTimeout: 10 } });
row("an origin that no header may have", each(), {
  prepare: ({ io }) => {
    for (const name of ["handleRequest", "handleUpgrade"]) {
      const handle = io[name].bind(io);
      io[name] = (req, ...more) => { req.headers.origin = "\n"; handle(req, ...more); };
    }
  },
});

// ---- a session's transport and revision

const existing = async ({ place, log }) => {
  const answer = await (await fetch(`${place.url}${at(polling)}`)).text();
  log.length = 0;
  return JSON.parse(answer.slice(1)).sid;
};
for (const [name, query] of Object.entries({
  "polling, of another revision": "EIO=3&transport=polling",
  "no revision": "transport=polling",
  "websocket without an upgrade": ws,
}))
  alike(`a request of a polling session with ${name}`, async (engine) => {
    const seen = [];
    await ask(engine, { allowEIO3: true }, [], async (place, log) => {
      const sid = await existing({ place, log });
      log.push(plain(await exchange(place, request(at(`${query}&sid=${sid}`)), opening)));
      log.push(plain(await exchange(place, upgrade(at(`${query}&sid=${sid}`)), (got) => got.includes("\r\n\r\n"))));
      seen.push(...log.map((each) => JSON.stringify(each).replaceAll(sid, "")));
    });
    return seen;
  });

alike("a poll of a websocket session", async (engine) => {
  const place = await serve(engine);
  const log = [];
  place.io.on("connection_error", ({ code, context }) => log.push([code, context]));
  const connection = once(place.io, "connection");
  const client = new WebSocket(place.ws);
  opened.push(() => client.terminate());
  const [socket] = await connection;
  log.push((await fetch(`${place.url}${at(polling)}&sid=${socket.id}`)).status, socket.readyState);
  return log;
});

// ---- allowRequest

for (const [name, allowRequest] of Object.entries({
  "lets in at once": (req, done) => done(null, true),
  "lets in a turn later": (req, done) => setImmediate(done, null, true),
  "says no": (req, done) => done("Thou shall not pass", false),
  "says no a turn later": (req, done) => setImmediate(done, "Thou shall not pass", false),
  "gives null": (req, done) => done(null, false),
  "gives an empty text": (req, done) => done("", false),
  "gives text beyond ASCII": (req, done) => done("ü€", false),
  "looks at the query": (req, done) => done(`${req._query.transport} ${req._query.sid} ${req.method}`, false),
}))
  row(`allowRequest ${name}`, each("&a=b", "Origin: http://x\r\n"), { options: { allowRequest } });

alike("allowRequest is not asked again by a session", async (engine) => {
  let asked = 0;
  const place = await serve(engine, { allowRequest: (req, done) => { asked++; done(null, true); } });
  const { sid } = JSON.parse((await (await fetch(`${place.url}${at(polling)}`)).text()).slice(1));
  await fetch(`${place.url}${at(polling)}&sid=${sid}`, { method: "POST", body: "4x" });
  const client = new WebSocket(`${place.ws}&sid=${sid}`);
  opened.push(() => client.terminate());
  await once(client, "open");
  return [asked];
});

alike("a client that leaves before allowRequest has answered", async (engine) => {
  let answer;
  const place = await serve(engine, { allowRequest: (req, done) => { answer = done; } });
  const log = [];
  place.io.on("connection", (socket) => log.push(`connection ${socket.transport.name}`, socket.once("close", (why) => log.push(why)) === socket));
  for (const bytes of each()) {
    const leaving = exchange(place, bytes, opening);
    await until(() => answer !== undefined);
    const gone = new Promise((resolve) => place.server.getConnections((error, count) => resolve(count)));
    opened.pop()();
    await leaving;
    log.push(await gone);
    await until(() => true);
    answer(null, true);
    answer = undefined;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return log;
});

// ---- ids

for (const [name, generateId] of Object.entries({
  "a text": () => "own", "a number": () => 7, "a promise": async () => "later", "a thenable": () => ({ then: (done) => done("then") }),
  "nothing": () => undefined, "an error": () => { throw new Error("no id"); }, "a text that is thrown": () => { throw "text"; },
  "a rejection": () => Promise.reject(new TypeError("no id")), "undefined, rejected": () => Promise.reject(),
}))
  row(`generateId gives ${name}`, each(), { prepare: ({ io }, log) => {
    io.generateId = generateId;
    io.on("connection", (socket) => {
      const { id } = socket;
      // The engine forgets one whose id another gets.
      opened.push(() => socket.close(true));
      log.push([typeof id === "string" && id.length === 20 ? "" : id, Object.keys(io.clients).length, io.clientsCount]);
    });
  } });

alike("the query of a request, plain and not", async (engine) => {
  const io = new engine.Server();
  const urls = ["/x?a=b", "/x?a=b&a=c&&=d&e&f==&g=h=i&", "/x?", "/x", "/x?a=%41+b", "/x?a=1#b=2", "/x/../y?__proto__=1&a=2", "//host?a=b", "/x?a=é", "/x y?a=b'c",
    "/x?constructor=1&toString=2", "/x?a=b?c=d", "/x?EIO=4&transport=polling&t=P.a~b-c*_"];
  return urls.map((url) => {
    const req = { url };
    io.prepare(req);
    return [url, Object.entries(req._query), Object.getPrototypeOf(req._query) === Object.prototype];
  });
});

// ---- headers of answers

for (const value of ["one", 1, true, ["one", "two"], ["a,b"]])
  row(`a header that is ${JSON.stringify(value)}`, each(), { prepare: ({ io }, log) => {
    io.on("initial_headers", (headers, req) => { headers["x-first"] = value; log.push(["initial", req._query.transport, Object.keys(headers)]); });
    io.on("headers", (headers, req) => { headers["x-each"] = value; log.push(["headers", req._query.transport, Object.keys(headers)]); });
  } });

alike("headers of each answer of a session, initial_headers of the first alone", async (engine) => {
  const place = await serve(engine, { cookie: { name: "woot", maxAge: 5 } });
  const log = [];
  for (const name of ["initial_headers", "headers"])
    place.io.on(name, (headers, { method, _query }) => log.push(`${name} ${method} ${_query.transport} ${Boolean(_query.sid)} ${Object.keys(headers)}`));
  const { sid } = JSON.parse((await (await fetch(`${place.url}${at(polling)}`)).text()).slice(1));
  await fetch(`${place.url}${at(polling)}&sid=${sid}`, { method: "POST", body: "4x" });
  place.io.clients[sid].send("x");
  await fetch(`${place.url}${at(polling)}&sid=${sid}`);
  for (const query of [`&sid=${sid}`, ""]) {
    const client = new WebSocket(place.ws + query);
    opened.push(() => client.terminate());
    const [{ headers }] = await once(client, "upgrade");
    log.push(Object.keys(headers));
  }
  return log;
});

// ---- the request, and by hand

alike("a query that is there already is left, and a request that is taken away", async (engine) => {
  const io = new engine.Server();
  const server = http.createServer((req, res) => { req._query = { EIO: "4", transport: "polling", mine: 1 }; io.handleRequest(req, res); });
  server.on("upgrade", (req, socket, head) => { req._query = { EIO: "4", transport: "websocket", mine: 2 }; io.handleUpgrade(req, socket, head); });
  const log = [];
  io.on("connection", (socket) => {
    log.push(socket.request._query, Boolean(socket.remoteAddress));
    socket.request = null;
    log.push(socket.request, socket.readyState);
  });
  opened.push(() => { io.close(); server.close(); });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = { port: server.address().port };
  for (const bytes of [request("/any"), upgrade("/any")]) log.push(plain(await exchange(place, bytes, opening)));
  return log;
});

for (const host of ["127.0.0.1", "::1"])
  alike(`remoteAddress at ${host}, before and behind the upgrade and the end`, async (engine) => {
    const place = await serve(engine, {}, { at: { port: 0, host: "::" } });
    const log = [];
    const base = `http://${host.includes(":") ? `[${host}]` : host}:${place.port}${at("EIO=4&transport=")}`;
    const { sid } = JSON.parse((await (await fetch(`${base}polling`)).text()).slice(1));
    const connection = once(place.io, "connection");
    for (const query of [`websocket&sid=${sid}`, "websocket"]) {
      const client = new WebSocket(base.replace("http", "ws") + query);
      opened.push(() => client.terminate());
      await once(client, "open");
      client.send("2probe");
      if (query.includes("sid")) await once(client, "message"), client.send("5");
    }
    const [direct] = await connection;
    const first = place.io.clients[sid];
    await until(() => first.upgraded);
    for (const socket of [first, direct]) log.push(socket.remoteAddress, socket.request.connection.remoteAddress, socket.request.socket.remoteFamily);
    direct.close();
    log.push(direct.remoteAddress, direct.request.connection.remoteAddress);
    return log;
  });
