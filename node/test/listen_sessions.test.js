"use strict";

// The sessions of listen(): what is asked before they open, what they emit, how they end.
const assert = require("node:assert/strict");
const { Worker } = require("node:worker_threads");
const { bare, connect, exchange, addon, kedge, once, opened, until } = require("./targets");
const { count, get, listen, pages, plain, polling, sidOf } = require("./listen");

kedge("its request is what Node would have read", async (engine) => {
  const place = await listen(engine);
  const sessions = [];
  place.io.on("connection", (session) => sessions.push(session));
  const raw = plain(place);
  raw.write(get(`${polling}&a=1&a=2&b=%C3%A9`, "Cookie: a=1\r\nCookie: b=2\r\nX-Own: \u00e9\r\nX-Own: 2\r\nOrigin: http://o\r\nUser-Agent: one\r\nUser-Agent: two\r\n"), "latin1");
  await until(() => raw.got.includes("sid"));
  const [{ request, remoteAddress, protocol }] = sessions;
  assert.deepEqual(request.headers, { host: "a", cookie: "a=1; b=2", "x-own": "\u00e9, 2", origin: "http://o", "user-agent": "one" });
  assert.equal(request.url, `${polling}&a=1&a=2&b=%C3%A9`);
  assert.deepEqual({ ...request._query }, { EIO: "4", transport: "polling", a: "2", b: "\u00e9" });
  assert.deepEqual([request.method, request.httpVersion, remoteAddress, protocol], ["GET", "1.1", "127.0.0.1", 4]);
  assert.equal(request.connection.remotePort, raw.localPort);
  assert.equal(request.socket.encrypted, undefined);
  request.session = "the program's";
  assert.equal(sessions[0].request.session, "the program's");
  sessions[0].request = null;
  assert.equal(sessions[0].request, null);
});

kedge("allowRequest is asked, at once or later, and never of one who has a session", async (engine) => {
  const asked = [];
  const refused = [];
  const allowRequest = (req, answer) => {
    asked.push(req._query.transport);
    const { how } = req.headers;
    if (how === "later") setTimeout(answer, 10, null, true);
    else answer(how === "no" ? "because" : how === "plainly" ? undefined : null, how === undefined);
  };
  const place = await listen(engine, { allowRequest });
  place.io.on("connection_error", ({ req, code, message, context }) => refused.push([req.headers.how, code, message, context.message]));
  for (const [how, status, body] of [["no", 403, '{"code":4,"message":"because"}'], ["plainly", 403, '{"code":4,"message":"Forbidden"}'], ["later", 200, /sid/]]) {
    const answer = await fetch(place.url + polling, { headers: { how } });
    assert.equal(answer.status, status);
    const text = await answer.text();
    if (typeof body === "string") assert.equal(text, body);
    else assert.match(text, body);
  }
  await assert.rejects(bare(place, "", { headers: { how: "no" } }), /400/);
  await once(connect(place, { transports: ["polling", "websocket"] }), "upgrade");
  assert.deepEqual(asked, ["polling", "polling", "polling", "websocket", "polling"]);
  assert.deepEqual(refused.map(([how, code]) => [how, code]), [["no", 4], ["plainly", 4], ["no", 4]]);
  assert.equal(refused[0][3], "because");
});

kedge("generateId gives the id, promises it, or refuses", async (engine) => {
  const place = await listen(engine, { allowEIO3: true });
  const ids = [() => "of-the-program", async () => "promised", () => { throw new Error("none"); }, () => Promise.reject(new Error("never"))];
  place.io.generateId = () => ids.shift()();
  const refused = [];
  place.io.on("connection_error", ({ code, context }) => refused.push([code, context.name, context.error.message]));
  for (const id of ["of-the-program", "promised"]) {
    const text = await (await fetch(place.url + polling)).text();
    assert.equal(sidOf(text), id);
    assert.ok(place.io.clients[id]);
  }
  assert.equal((await fetch(place.url + polling)).status, 400);
  assert.equal((await fetch(place.url + polling)).status, 400);
  assert.deepEqual(refused, [[3, "ID_GENERATION_ERROR", "none"], [3, "ID_GENERATION_ERROR", "never"]]);
});

for (const add of ["on", "once", "addListener", "prependListener", "prependOnceListener"])
  kedge(`headers are told to who listens by ${add}()`, async (engine) => {
    const place = await listen(engine);
    place.io[add]("headers", (headers) => { headers["x-own"] = add; });
    assert.equal((await fetch(place.url + polling)).headers.get("x-own"), add);
  });

kedge("headers may be added to answers, cookies and CORS are the addon's", async (engine) => {
  const place = await listen(engine, { cookie: true, cors: { origin: ["http://one"], credentials: true } });
  const first = [];
  place.io.on("initial_headers", (headers, req) => {
    first.push(req._query.transport);
    headers["x-first"] = "1";
    headers["set-cookie"] = ["a=1", "b=2"];
  });
  place.io.on("headers", (headers) => (headers["x-each"] = "yes"));
  const answer = await fetch(place.url + polling, { headers: { origin: "http://one" } });
  const sid = sidOf(await answer.text());
  assert.equal(answer.headers.get("x-first"), "1");
  assert.equal(answer.headers.get("x-each"), "yes");
  assert.equal(answer.headers.get("access-control-allow-origin"), "http://one");
  assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
  assert.deepEqual(answer.headers.getSetCookie().slice(-2), ["a=1", "b=2"]);
  const later = await fetch(`${place.url}${polling}&sid=${sid}`, { method: "POST", body: "4x" });
  assert.deepEqual([later.headers.get("x-first"), later.headers.get("x-each")], [null, "yes"]);
  const raw = await exchange(place, get("/engine.io/?EIO=4&transport=websocket",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"), (got) => got.includes("\r\n\r\n"));
  assert.match(raw, /^HTTP\/1.1 101 [^]*x-first: 1/i);
  assert.match(raw, /set-cookie: a=1,b=2/i);
  const preflight = await fetch(place.url + polling, { method: "OPTIONS", headers: { origin: "http://one", "access-control-request-method": "GET" } });
  assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-origin")], [204, "http://one"]);
  assert.deepEqual([first, place.io.native.byNode, place.io.native.handedBack], [["polling", "websocket"], null, 0]);
});

kedge("with middlewares it is Node that opens sessions, and those see what they expect", async (engine) => {
  const place = await listen(engine, { hand_back: pages() });
  await once(connect(place), "open");
  place.io.use((req, res, next) => {
    req.seen = res.constructor.name;
    res.setHeader("x-seen", "1");
    if (req.headers.how === "no") next(new Error("no"));
    else next();
  });
  assert.equal(place.io.native.byNode, "middlewares");
  const seen = [];
  place.io.on("connection", (session) => seen.push(session.request.seen));
  const one = connect(place, { transports: ["polling", "websocket"] });
  await once(one, "upgrade");
  assert.equal((await fetch(place.url + polling)).headers.get("x-seen"), "1");
  assert.equal((await fetch(place.url + polling, { headers: { how: "no" } })).status, 400);
  assert.deepEqual(seen, ["ServerResponse", "ServerResponse"]);
  assert.deepEqual([place.io.native.listened, place.io.native.taken, place.io.clientsCount], [1, 1, 3]);
});

kedge("a session's events, in the reference's order", async (engine) => {
  const place = await listen(engine, { pingInterval: 300 });
  const log = [];
  place.io.on("flush", (session, packets) => log.push(`server flush ${packets.length}`));
  place.io.on("drain", () => log.push("server drain"));
  place.io.on("connection", (session) => {
    log.push(`connection ${session.readyState} ${session.transport.name} ${session.transport.writable}`);
    session.on("packetCreate", ({ type, data }) => log.push(`create ${type} ${data}`));
    session.on("packet", ({ type, data }) => log.push(`packet ${type} ${data ?? ""}`));
    session.on("flush", (packets) => log.push(`flush ${packets.map(({ data }) => data)}`));
    session.on("drain", () => log.push("drain"));
    session.on("heartbeat", () => log.push("heartbeat"));
    session.on("data", (data) => log.push(`data ${data}`));
    session.on("upgrading", (transport) => log.push(`upgrading ${transport.name} ${session.upgraded}`));
    session.on("upgrade", (transport) => log.push(`upgrade ${transport.name} ${session.transport === transport} ${session.upgraded}`));
    session.on("close", (reason) => log.push(`close ${reason} ${session.readyState} ${place.io.clientsCount}`));
    session.on("message", (data) => {
      session.send(data, (transport) => log.push(`sent ${transport.name}`));
      log.push(`writable ${session.transport.writable}`);
      process.nextTick(() => process.nextTick(() => log.push(`then ${session.transport.writable}`)));
    });
  });
  const client = connect(place, { transports: ["polling", "websocket"] });
  await once(client, "upgrade");
  client.send("a");
  await until(() => log.includes("sent websocket") && log.includes("heartbeat"));
  client.close();
  await until(() => log.at(-1).startsWith("close"));
  const of = (word) => log.filter((line) => line.startsWith(word));
  assert.deepEqual(of("connection"), ["connection open polling false"]);
  assert.deepEqual([...of("upgrading"), ...of("upgrade ")], ["upgrading websocket false", "upgrade websocket true true"]);
  const from = log.indexOf("packet message a");
  const between = log.slice(from).filter((line) => !/flush (0)?$|pong|heartbeat|ping/.test(line));
  assert.deepEqual(between.slice(0, 9), ["packet message a", "data a", "create message a", "flush a", "server flush 1", "drain", "server drain", "writable false", "then true"]);
  assert.deepEqual(log.slice(-1), ["close transport close closed 0"]);
});

kedge("what a program throws is its own, and the next message is told", async (engine) => {
  const place = await listen(engine);
  const told = [];
  const thrown = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => thrown.push(error.message));
  opened.push(() => {
    process.removeAllListeners("uncaughtException");
    for (const each of listeners) process.on("uncaughtException", each);
  });
  place.io.on("connection", (session) => session.on("message", (data) => {
    told.push(data);
    if (data === "bad") throw new Error("of the program");
  }));
  const one = await bare(place);
  one.send("4bad");
  one.send("4good");
  await until(() => told.length === 2);
  assert.deepEqual([told, thrown], [["bad", "good"], ["of the program"]]);
});

kedge("closing: from within its first event, with something unsent, by an error of the program's", async (engine) => {
  const place = await listen(engine);
  const ended = [];
  const ways = [
    (session) => session.close(),
    (session) => session.close(true),
    (session) => session.onError("of the program"),
    (session) => setImmediate(() => { session.send("last"); session.close(); }),
  ];
  place.io.on("connection", (session) => {
    session.on("close", (reason, why) => ended.push([reason, why, session.readyState, session.transport.name]));
    ways.shift()(session);
    session.send("never");
  });
  for (let left = ways.length; left > 0; left--) {
    const one = await bare(place);
    await once(one, "close");
    if (left === 1) assert.equal(one.got.at(-1), "4last");
    assert.equal(place.io.clientsCount, 0);
  }
  assert.deepEqual(ended, [["forced close", undefined, "closed", "websocket"], ["forced close", undefined, "closed", "websocket"],
    ["transport error", "of the program", "closed", "websocket"], ["forced close", undefined, "closed", "websocket"]]);
});

kedge("clients that do not read, are too many, or speak nonsense", async (engine) => {
  const place = await listen(engine, { maxBufferedBytes: 1_000_000, limits: { connectionsPerAddress: 4 } });
  const ended = [];
  place.io.on("connection", (session) => session.on("close", (reason, why) => ended.push([reason, why && why.message])));
  const slow = await bare(place);
  slow._socket.pause();
  const [session] = Object.values(place.io.clients);
  await until(() => {
    session.send("x".repeat(300_000));
    return ended.length > 0;
  });
  assert.deepEqual(ended, [["transport error", "too much unsent data"]]);
  slow.terminate();
  for (const nonsense of ["\x16\x03\x01garbage\r\n\r\n", "GET / HTTP/9\r\n\r\n", `${get(polling).trim()}\r\nX: ${"y".repeat(20_000)}\r\n\r\n`])
    assert.match(await exchange(place, nonsense), /^HTTP\/1.1 4\d\d /);
  const many = [];
  for (let i = 0; i < 8; i++) many.push(plain(place));
  let closed = 0;
  for (const each of many) each.on("close", () => closed++);
  await until(() => closed >= 4);
  const metrics = engine.metrics(place.io);
  assert.match(metrics, /kedge_connections_refused_total [1-9]/);
});

kedge("figures and health", async (engine) => {
  const place = await listen(engine, { hand_back: pages() });
  await once(connect(place), "open");
  await fetch(`${place.url}/page`);
  const text = engine.metrics(place.io);
  assert.match(text, /^kedge_sessions\{worker="0",transport="websocket",protocol="4"\} 1$/m);
  for (const line of ["kedge_node_clients 1", "kedge_node_sessions_listened_total 1", "kedge_node_connections_handed_back_total 1",
    'kedge_node_websockets_total{by="descriptor"} 0', 'kedge_node_native{engine="0",reason=""} 1'])
    assert.ok(text.split("\n").includes(line), line);
  assert.match(text, /^process_resident_memory_bytes \d/m);
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(engine.health(place.io), { ok: true, status: "ok", clients: 1 });
  place.io.close();
  assert.deepEqual(engine.health(place.io), { ok: false, status: "closing", clients: 0 });
});

kedge("a thread ends with clients on it", async () => {
  const worker = new Worker(`
    const { parentPort } = require("node:worker_threads");
    const io = require("./node").listen({ port: 0, host: "127.0.0.1" }, () => parentPort.postMessage(io.address().port));
    io.on("connection", () => parentPort.postMessage("connection"));`, { eval: true, env: { ...process.env, KEDGE_NODE_ADDON: addon } });
  opened.push(() => worker.terminate());
  const [port] = await once(worker, "message");
  let connections = 0;
  worker.on("message", () => connections++);
  const one = await bare({ ws: `ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket` });
  const waiting = plain({ port });
  waiting.write(get(polling));
  await until(() => count(waiting.got, "sid") === 1);
  waiting.write(get(`${polling}&sid=${sidOf(waiting.got)}`));
  await until(() => connections === 2);
  const closed = Promise.all([once(one, "close"), once(waiting, "close")]);
  await worker.terminate();
  await closed;
});
