"use strict";

// What is answered to requests and upgrades, byte by byte, and what the server tells of those that it refuses.
const http = require("node:http");
const { alike, exchange, opened, once, serve, until } = require("./targets");
const { record } = require("./record");

const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const upgrade = (url, headers = "") => `GET ${url} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}${headers}\r\n`;
const request = (method, url, headers = "", body = "") =>
  `${method} ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

/** Without what is another each time. */
const plain = (answer) => answer
  .replace(/^Date: .*\r\n/mi, "")
  .replace(/(sid\\?":\\?")[\w-]{20}/g, "$1")
  .replace(/^(Set-Cookie: \w+=)[\w-]{20}/mi, "$1");

/** Up to the first packet, the close frame or the end of the answer. */
const opening = (got) => got.includes("\r\n\r\n") && /"maxPayload":\d+}|\x88\0$|HTTP\/1.1 4/.test(got);

const at = (query) => `/engine.io/?${query}`;
const ws = "EIO=4&transport=websocket";
const polling = "EIO=4&transport=polling";

async function answers(engine, options, prepare, requests) {
  const place = await serve(engine, options);
  const log = record(place.io);
  prepare(place);
  for (const bytes of requests) log.push(plain(await exchange(place, bytes, bytes.includes("Upgrade: websocket") ? opening : undefined)));
  return log;
}

/** A row in which both answer some requests. */
const row = (name, requests, { options = {}, prepare = () => {} } = {}) =>
  alike(name, (engine) => answers(engine, typeof options === "function" ? options() : options, prepare, requests));

/** The same over polling and websocket. */
const each = (query = "") => [request("GET", at(polling + query)), upgrade(at(ws + query))];

row("requests that are refused", [
  request("GET", at("EIO=4&transport=tobi")),
  request("GET", at("EIO=4&transport=constructor")),
  request("GET", at("EIO=4&transport=webtransport")),
  request("GET", at("")),
  request("GET", at(`${polling}&sid=unknown`)),
  request("GET", at(`${polling}&sid=toString`)),
  request("POST", at(polling), "", "4x"),
  request("PUT", at(polling)),
  request("GET", at(ws)),
  request("GET", at("transport=polling")),
  request("GET", at("EIO=3&transport=polling")),
  request("GET", at("EIO=5&transport=polling")),
]);

row("upgrades that are refused", [
  upgrade(at("EIO=4&transport=tobi")),
  upgrade(at(`${ws}&sid=unknown`)),
  upgrade(at(polling)),
  upgrade(at("EIO=3&transport=websocket")),
  upgrade(at(ws)).replace("13", "12"),
  upgrade(at(ws)).replace("dGhl", ""),
  upgrade(at(ws)).replace("websocket\r\n", "something\r\n"),
  upgrade(at(ws)).replace("GET", "POST"),
]);

row("openings", each());
row("openings with a sid that is empty", each("&sid="));
row("openings with a query of their own", [...each("&a=b&a=c&%20=%zz"), ...each("&__proto__=1")]);
row("openings without upgrades", each(), { options: { allowUpgrades: false } });
row("openings with polling alone", each(), { options: { transports: ["polling"], pingInterval: 7000, pingTimeout: 8000, maxHttpBufferSize: 9 } });
row("openings with websocket alone", each(), { options: { transports: ["websocket"] } });
row("openings with an initial packet", each(), { options: { initialPacket: "first" } });
row("openings of revision 3", [request("GET", at("EIO=3&transport=polling")), request("GET", at("transport=polling&b64=1")), upgrade(at("EIO=3&transport=websocket"))],
  { options: { allowEIO3: true, initialPacket: "first" } });
row("openings by JSONP", [request("GET", at(`${polling}&j=3`)), request("GET", at(`${polling}&j=%22x`)), request("GET", at(`${polling}&j=`))]);
row("openings from Internet Explorer", [request("GET", at(polling), "User-Agent: Mozilla/5.0 (compatible ;MSIE 9.0; Trident/5.0)\r\n")]);
row("subprotocols", [upgrade(at(ws), "Sec-WebSocket-Protocol: one, two\r\n")]);
for (const perMessageDeflate of [true, { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 12 }])
  alike(`offers of compression to ${JSON.stringify(perMessageDeflate)}`, async (engine) => {
    const place = await serve(engine, { perMessageDeflate });
    const heads = [];
    for (const terms of ["", "; client_max_window_bits", "; server_max_window_bits=10", "; server_no_context_takeover", "; client_max_window_bits=9", "; nonsense=1"]) {
      const bytes = upgrade(at(ws), `Sec-WebSocket-Extensions: permessage-deflate${terms}\r\n`);
      const [head] = (await exchange(place, bytes, (got) => got.includes("\r\n\r\n"))).split("\r\n\r\n");
      heads.push(head);
    }
    return heads;
  });

for (const cookie of [true, { name: "woot" }, { path: "/custom" }, { path: false }, { httpOnly: false }, { httpOnly: "no" }, { sameSite: "strict", secure: true, maxAge: 60 }])
  row(`cookie ${JSON.stringify(cookie)}`, each(), { options: { cookie } });

for (const cors of [true, { origin: true, credentials: true }, { origin: ["http://good"], methods: ["GET", "PUT"], allowedHeaders: ["x-a"], exposedHeaders: ["x-b"], maxAge: 5 }])
  row(`cors ${JSON.stringify(cors)}`, [
    request("OPTIONS", at(polling), "Origin: http://good\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: x-c\r\n"),
    request("GET", at(polling), "Origin: http://good\r\n"),
    request("GET", at(polling), "Origin: http://bad\r\n"),
    upgrade(at(ws), "Origin: http://good\r\n"),
  ], { options: { cors } });

for (const [name, allowRequest] of Object.entries({
  "at once": (req, done) => done(null, true),
  later: (req, done) => setTimeout(done, 5, null, true),
  "never, at once": (req, done) => done("no", false),
  "never, later": (req, done) => setTimeout(done, 5, "not yöu", false),
  "never, and no word": (req, done) => done(undefined, false),
}))
  row(`allowRequest ${name}`, each(), { options: { allowRequest } });

for (const [name, generateId] of Object.entries({
  "gives its own": (req) => `own-${req._query.transport}`,
  "promises one": (req) => new Promise((resolve) => setTimeout(resolve, 5, `promised-${req._query.transport}`)),
  throws: () => { throw new Error("no"); },
  rejects: () => Promise.reject(new Error("no")),
  "rejects later": () => new Promise((resolve, reject) => setTimeout(reject, 5, new Error("no"))),
}))
  row(`generateId ${name}`, each(), { prepare: ({ io }) => { io.generateId = generateId; } });

for (const [name, middleware] of Object.entries({
  "that sets headers": (req, res, next) => { res.setHeader("x-a", "1"); res.setHeader("x-b", res.getHeader("x-a")); res.removeHeader("x-a"); next(); },
  "that is slow": (req, res, next) => setTimeout(next, 5),
  "that fails": (req, res, next) => next(new Error("no")),
  "that throws": () => { throw new Error("no"); },
  "that is async": async (req, res, next) => { await null; next(); },
  "that rejects": async () => { throw new Error("no"); },
  "that ends": (req, res) => { res.writeHead(503); res.end(); },
  "that calls twice": (req, res, next) => { next(); next(new Error("too late")); },
  "that ends before it fails": (req, res, next) => { res.writeHead(401); res.end("mine"); next(new Error("no")); },
}))
  row(`a middleware ${name}`, each().map((bytes, i) => (i === 1 && /end/.test(name) ? bytes.replace("Upgrade: websocket\r\nConnection: Upgrade", "Connection: close") : bytes)),
    { prepare: ({ io }) => io.use(middleware) });

row("middlewares in order", each(), { prepare: ({ io }) => {
  for (const name of ["x-1", "x-2", "x-3"]) io.use((req, res, next) => { res.setHeader(name, String(req._query.EIO)); setImmediate(next); });
} });

row("hooks of headers that change them", each(), { prepare: ({ io }) => {
  io.on("initial_headers", (headers) => { headers["x-initial"] = "1"; headers["set-cookie"] = ["a=1", "b=2"]; });
  io.on("headers", (headers) => { headers["x-each"] = "2"; });
} });

row("a prepare() of the program's own", each(), { prepare: ({ io }) => {
  io.prepare = function(req) { req._query = { ...Object.fromEntries(new URL(req.url, "http://x").searchParams), mine: 1 }; };
} });

// ---- where it is attached

for (const options of [{ path: "/own" }, { path: "/own/" }, { path: "/own", addTrailingSlash: false }])
  alike(`attached with ${JSON.stringify(options)}`, async (engine) => {
    const server = http.createServer((req, res) => res.end("not the engine's"));
    const place = await serve(engine, { ...options, destroyUpgradeTimeout: 20 }, { server });
    const log = [];
    for (const path of ["/own/", "/own", "/own/more", "/ownly/", "/engine.io/", "/"])
      for (const bytes of [request("GET", `${path}?${polling}`), upgrade(`${path}?${ws}`)])
        log.push(plain(await exchange(place, bytes, opening)));
    return log;
  });

alike("listeners of the http server from before and behind", async (engine) => {
  const server = http.createServer();
  const log = [];
  for (const name of ["one", "two"])
    server.on("request", function(req, res) { log.push(name, this === server); if (name === "two") res.end("two"); });
  const place = await serve(engine, {}, { server });
  server.on("request", (req) => log.push("behind", req.url.split("?")[0]));
  server.on("upgrade", (req) => log.push("upgrade", req.url.split("?")[0]));
  log.push(plain(await exchange(place, request("GET", "/other"))));
  log.push(plain(await exchange(place, request("GET", at(polling)))));
  log.push(plain(await exchange(place, upgrade(at(ws)), opening)), server.listenerCount("request"), server.listenerCount("upgrade"));
  return log;
});

const foreign = "GET /other HTTP/1.1\r\nHost: x\r\nUpgrade: IRC/6.9\r\nConnection: Upgrade\r\n\r\n";

alike("foreign upgrades are ended when nobody answers", async (engine) => {
  const place = await serve(engine, { destroyUpgradeTimeout: 30 });
  return [await exchange(place, foreign), "ended"];
});

for (const destroyUpgrade of [false, true])
  alike(`foreign upgrades that somebody answers, or that are left, ${destroyUpgrade}`, async (engine) => {
    const place = await serve(engine, { destroyUpgradeTimeout: 20, destroyUpgrade });
    const log = [];
    place.server.on("upgrade", (req, socket) => {
      if (destroyUpgrade) socket.write("mine");
      setTimeout(() => { log.push(socket.writable); socket.end("later"); }, 60);
    });
    return [await exchange(place, foreign), ...log];
  });

alike("an engine's own websockets are no foreign upgrades to another on the same server", async (engine) => {
  const server = http.createServer();
  const place = await serve(engine, { path: "/one", destroyUpgradeTimeout: 20 }, { server });
  new engine.Server().attach(server, { path: "/two", destroyUpgradeTimeout: 20 });
  const connection = once(place.io, "connection");
  const answer = exchange(place, upgrade(`/one/?${ws}`), (got) => got.includes("4still"));
  const [socket] = await connection;
  await new Promise((resolve) => setTimeout(resolve, 60));
  socket.send("still");
  return [plain(await answer), socket.readyState, socket.request.socket.bytesWritten > 0];
});

alike("without a server: handleRequest and handleUpgrade by the program", async (engine) => {
  const io = new engine.Server();
  const log = record(io);
  const server = http.createServer((req, res) => io.handleRequest(req, res));
  server.on("upgrade", (req, socket, head) => io.handleUpgrade(req, socket, head));
  opened.push(() => { io.close(); server.close(); });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = { port: server.address().port };
  log.push(plain(await exchange(place, request("GET", `/anything?${polling}`))));
  log.push(plain(await exchange(place, upgrade(`/anything?${ws}`), opening)));
  return log;
});

alike("a closed engine refuses upgrades until its server listens again", async (engine) => {
  const place = await serve(engine);
  place.io.close();
  const log = [plain(await exchange(place, upgrade(at(ws)))).split("\r\n")[0]];
  place.server.close();
  await once(place.server, "close");
  place.server.listen(place.port, "127.0.0.1");
  await once(place.server, "listening");
  log.push(plain(await exchange(place, upgrade(at(ws)), opening)));
  return log;
});

alike("the request of a session, and what it keeps of it", async (engine) => {
  const place = await serve(engine);
  const log = [];
  place.io.on("connection", ({ request, remoteAddress, protocol, id }) => {
    log.push(Object.keys(request._query), request.res === null || request.res === undefined, Boolean(request.websocket), request.method,
      request.headers["x-a"], request.url, request.httpVersion, remoteAddress, protocol, typeof id, id.length, request.connection === request.socket);
  });
  for (const bytes of [request("GET", at(`${polling}&a=b`), "x-a: 1\r\n"), upgrade(at(`${ws}&a=b`), "x-a: 1\r\nx-a: 2\r\n")]) {
    const before = log.length;
    await exchange(place, bytes, opening);
    await until(() => log.length > before);
  }
  return log;
});
