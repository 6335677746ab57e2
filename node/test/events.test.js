"use strict";

// All events of a session's life, in order: on the package as on the reference.
const { alike, bare, once, opened, serve, until } = require("./targets");
const { record } = require("./record");

const polling = (place, sid) => `${place.url}/engine.io/?EIO=4&transport=polling${sid ? `&sid=${sid}` : ""}`;
const poll = async (place, sid) => (await fetch(polling(place, sid))).text();
const post = async (place, sid, body) => (await fetch(polling(place, sid), { method: "POST", body })).text();

async function overPolling(engine, options) {
  const place = await serve(engine, options);
  const log = record(place.io);
  const { sid } = JSON.parse((await poll(place)).slice(1));
  return { place, log, sid, socket: place.io.clients[sid] };
}

async function overWebSocket(engine, options) {
  const place = await serve(engine, options);
  const log = record(place.io);
  const connection = once(place.io, "connection");
  const client = await bare(place);
  const [socket] = await connection;
  await until(() => client.got.length === 1 && socket.transport.writable);
  return { place, log, client, socket };
}

/** A websocket to a polling session, as far as its probe. */
async function probing(engine, options) {
  const seen = await overPolling(engine, options);
  const client = await bare(seen.place, `&sid=${seen.sid}`);
  client.send("2probe");
  await until(() => client.got.includes("3probe"));
  await until(() => seen.log.some((line) => line.startsWith("upgrading")));
  return { ...seen, client };
}

/** The next ping is due at once, and its answer soon. */
function hurry(place, socket) {
  Object.assign(place.io.opts, { pingInterval: 10, pingTimeout: 20 });
  clearTimeout(socket.pingIntervalTimer);
  socket.schedulePing();
}

const ended = (log) => until(() => log.some((line) => String(line).startsWith("close ")), "close");

alike("a websocket from its opening to its end", async (engine) => {
  const { log, client, socket } = await overWebSocket(engine);
  socket.on("message", (data) => socket.send(data, (transport) => log.push(`sent ${transport === socket.transport}`)));
  client.send("4one");
  await until(() => client.got.length === 2 && log.includes("sent true"));
  client.send(Buffer.from("two"));
  await until(() => client.got.length === 3);
  client.close();
  await ended(log);
  return log;
});

alike("polling from its opening to its end", async (engine) => {
  const { place, log, sid, socket } = await overPolling(engine);
  socket.send("before", () => log.push("sent before"));
  log.push(await poll(place, sid));
  const waiting = poll(place, sid);
  await until(() => socket.transport.writable);
  log.push(await post(place, sid, "4in"));
  socket.send("while", () => log.push("sent while"));
  log.push(await waiting);
  await post(place, sid, "1");
  await ended(log);
  return log;
});

alike("an upgrade, with packets sent before, while and behind it", async (engine) => {
  const seen = await overPolling(engine);
  const { place, log, sid, socket } = seen;
  const send = (what) => socket.send(what, (transport) => log.push(`sent ${what} ${transport.name}`));
  socket.on("upgrading", () => send("upgrading"));
  socket.on("upgrade", () => send("upgrade"));
  send("before");
  const client = await bare(place, `&sid=${sid}`);
  client.send("2probe");
  await until(() => client.got.includes("3probe"));
  send("probed");
  client.send("5");
  await until(() => client.got.includes("4upgrade") && log.includes("sent upgrade websocket"));
  client.send("4over");
  await until(() => log.includes("message over"));
  client.close();
  await ended(log);
  return [...log, ...client.got];
});

alike("an upgrade lets a waiting poll go", async (engine) => {
  const { place, log, sid, socket, client } = await probing(engine);
  const answer = await poll(place, sid);
  log.push(answer);
  client.send("5");
  await until(() => socket.upgraded);
  log.push((await fetch(polling(place, sid))).status);
  client.terminate();
  await ended(log);
  return log;
});

for (const [name, act] of Object.entries({
  "the websocket goes": ({ client }) => client.terminate(),
  "the websocket says goodbye": ({ client }) => client.close(),
  "the websocket speaks nonsense": ({ client }) => client.send("9"),
  "the websocket sends something else": ({ client }) => client.send("4early"),
  "the websocket breaks the rules": ({ client }) => client._socket.write(Buffer.from([0x81, 0x01, 0x34])),
  "the session closes": ({ place, sid, socket }) => {
    socket.close();
    return poll(place, sid);
  },
  "the session is discarded": ({ socket }) => socket.close(true),
  "the server closes": ({ place }) => place.io.close(),
  "the client closes the session": ({ place, sid }) => post(place, sid, "1"),
  "its time is over": () => {},
}))
  alike(`an upgrade in which ${name}`, async (engine) => {
    const seen = await probing(engine, { upgradeTimeout: name.endsWith("over") ? 500 : 10_000 });
    const { log, socket, client } = seen;
    client.on("error", () => {});
    const gone = once(client, "close");
    await act(seen);
    await gone;
    await until(() => !socket.upgrading);
    await until(() => log.some((line) => line.startsWith("upgraded close")));
    log.push(socket.readyState, socket.upgraded);
    return log;
  });

for (const discard of [undefined, true])
  for (const waiting of [true, false])
    alike(`close(${discard}) over polling, ${waiting ? "with" : "without"} a waiting poll`, async (engine) => {
      const { place, log, sid, socket } = await overPolling(engine);
      const answer = waiting ? poll(place, sid) : null;
      if (waiting) await until(() => socket.transport.writable);
      socket.send("last", () => log.push("sent"));
      socket.send("too late");
      socket.close(discard);
      log.push(socket.readyState);
      if (waiting) log.push(await answer);
      for (let i = 0; i < 3; i++) log.push(await poll(place, sid));
      await ended(log);
      return log;
    });

alike("close() over polling while an upgrade comes to its end", async (engine) => {
  const { log, socket, client } = await probing(engine);
  socket.send("unsent");
  socket.close();
  log.push(socket.readyState);
  client.send("5");
  await ended(log);
  await until(() => client.readyState === 3);
  return [...log, ...client.got];
});

alike("a websocket that does not answer its ping", async (engine) => {
  const { place, log, socket } = await overWebSocket(engine);
  hurry(place, socket);
  await until(() => log.includes("transport close closed"));
  return log;
});

for (const [name, act] of Object.entries({
  "transport.onError()": ({ transport }) => transport.onError("of mine", { why: 1 }),
  "transport.onClose()": ({ transport }) => transport.onClose(),
  "transport.close()": ({ transport }) => transport.close(),
  "transport.close(fn)": ({ transport }) => transport.close(() => {}),
  "an emitted error": ({ transport }) => transport.emit("error", new Error("emitted")),
  "an emitted close": ({ transport }) => transport.emit("close"),
  "an emitted packet": ({ transport }) => transport.emit("packet", { type: "message", data: "emitted" }),
  "transport.onData()": ({ transport }) => transport.onData("4told"),
  "onClose() of the session": (socket) => socket.onClose("my reason", "because"),
  "onPacket() of the session": (socket) => socket.onPacket({ type: "message", data: "mine" }),
  "sendPacket() of the session": (socket) => socket.sendPacket("noop"),
  "socket.close() of ws": ({ transport }) => transport.socket.close(),
  "socket.close(4000) of ws": ({ transport }) => transport.socket.close(4000, "my reason"),
  "socket.terminate() of ws": ({ transport }) => transport.socket.terminate(),
  "destroy() of the net.Socket": ({ transport }) => void transport.socket._socket.destroy(),
  "destroy() of the request's socket": ({ request }) => void request.connection.destroy(),
  "destroy(error) of the net.Socket": ({ transport }) => void transport.socket._socket.destroy(new Error("mine")),
  "a timeout of the net.Socket": ({ transport }) =>
    void transport.socket._socket.setTimeout(10, () => transport.socket._socket.destroy()),
}))
  alike(`what follows on ${name}`, async (engine) => {
    const { log, client, socket } = await overWebSocket(engine);
    const gone = once(client, "close");
    const { transport } = socket;
    log.push("now");
    act(socket);
    log.push("done");
    if (/packet|onData|onClose\(\)$/i.test(name)) client.close();
    const [code, reason] = await gone;
    await until(() => log.some((line) => line.startsWith("transport close") || line.startsWith("close ")));
    await until(() => transport.socket.readyState >= 2);
    return [...log.filter((line) => !line.startsWith("transport close")), code, String(reason), socket.readyState];
  });

alike("the net.Socket below a websocket closes when that does", async (engine) => {
  const place = await serve(engine);
  const log = [];
  place.io.use((req, res, next) => {
    res.once("close", () => log.push("res close"));
    req.socket.once("close", (error) => log.push(`socket close ${error}`));
    next();
  });
  const connection = once(place.io, "connection");
  const client = await bare(place);
  const [socket] = await connection;
  const net = socket.request.socket;
  log.push(net === socket.transport.socket._socket, net.destroyed, net.writable, net.remoteAddress, net.remotePort > 0,
    net.localAddress, net.localPort === place.port, net.address().port === place.port, net.bytesWritten > 0);
  client.send("4x");
  await once(socket, "message");
  log.push("closing");
  client.close();
  await once(socket, "close");
  await until(() => net.destroyed && log.includes("socket close false"));
  return log;
});

const endings = {
  "ws ends": (socket) => socket.transport.socket.terminate(),
  "ws closes with a code": (socket) => socket.transport.socket.close(4000, "enough"),
  "the net.Socket is destroyed": (socket) => socket.request.socket.destroy(),
  "the net.Socket is reset": (socket) => socket.request.socket.resetAndDestroy(),
};
for (const [name, end] of Object.entries(endings))
  alike(`session, transport and ws hear in this order that ${name}`, async (engine) => {
    const { log, socket } = await overWebSocket(engine);
    const { socket: ws } = socket.transport;
    ws.on("close", (code, reason) => log.push(`ws close ${code} ${reason} ${ws.readyState} ${socket.readyState}`));
    log.length = 0;
    end(socket);
    await until(() => log.some((each) => each.startsWith("ws close")));
    return log;
  });

alike("what is emitted on the ws below a session reaches it", async (engine) => {
  const log = [];
  for (const what of [["message", Buffer.from("4text"), false], ["message", Buffer.from("bytes"), true], ["close"], ["error", new Error("below")]]) {
    const { log: seen, socket } = await overWebSocket(engine);
    seen.length = 0;
    log.push(socket.transport.socket.emit(...what), socket.readyState);
    log.push(...seen.filter((each) => !each.startsWith("transport close")));
  }
  return log;
});

alike("close codes and reasons that no frame has, and a ws that pauses", async (engine) => {
  const { client, socket } = await overWebSocket(engine);
  const { socket: ws } = socket.transport;
  const log = [];
  ws.pause();
  ws.resume();
  client.send("4x");
  log.push(...(await once(socket, "message")));
  try {
    ws.close(1000, "x".repeat(124));
  } catch (error) {
    log.push(`${error.name} ${error.message}`);
  }
  const { socket: another } = await overWebSocket(engine);
  try {
    another.transport.socket.close(5);
  } catch (error) {
    log.push(`${error.name} ${error.message}`);
  }
  return log;
});

alike("a send of ws that was replaced is called, as is its sender's", async (engine) => {
  const { client, socket } = await overWebSocket(engine);
  const log = [];
  const { socket: ws } = socket.transport;
  const { send } = ws;
  ws.send = (data, ...rest) => {
    log.push(["send", typeof data, rest.map((each) => typeof each)]);
    send.call(ws, data, ...rest);
  };
  socket.send("one");
  await until(() => client.got.length === 2 && socket.transport.writable);
  ws.send = send;
  const sender = ws._sender;
  const { sendFrame } = sender;
  sender.sendFrame = (frame, ...rest) => {
    log.push(["sendFrame", frame.length]);
    sendFrame.call(sender, frame, ...rest);
  };
  socket.write("two", { wsPreEncodedFrame: [Buffer.from([0x81, 4]), Buffer.from("4two")] });
  await until(() => client.got.length === 3 && socket.transport.writable);
  delete sender.sendFrame;
  sender.send = (data, { binary, mask, compress, fin }) => log.push(["sender", String(data), binary, mask, compress, fin]);
  socket.send("three");
  await until(() => log.length === 3 || client.got.length === 5);
  opened.push(() => client.terminate());
  return [...log, ...client.got.slice(1)];
});

alike("a transport's send, and a session's sendPacket, that were replaced are called", async (engine) => {
  const { place, log, client, socket } = await overWebSocket(engine);
  const { transport } = socket;
  const send = transport.send.bind(transport);
  transport.send = (packets) => {
    log.push(`send ${packets.map(({ data }) => data)}`);
    send(packets);
  };
  socket.send("one");
  await until(() => client.got.length === 2);
  socket.sendPacket = (type) => log.push(`sendPacket ${type}`);
  hurry(place, socket);
  await until(() => log.includes("transport close closed"));
  return log;
});

alike("its transport is one of the reference's", async (engine) => {
  const { place, socket } = await overWebSocket(engine);
  const { transport } = socket;
  return [transport.constructor.name, place.io.ws.constructor.name, transport instanceof engine.transports.websocket, transport instanceof engine.Transport, transport.name,
    transport.handlesUpgrades, transport.supportsBinary, transport.protocol, transport.sid === socket.id, transport.discarded,
    transport.readyState, transport.perMessageDeflate, typeof transport.socket.send, transport.socket.readyState, transport.socket.protocol,
    transport.socket.extensions, transport.socket.bufferedAmount, transport.socket.isPaused, Object.keys(transport).includes("socket")];
});
