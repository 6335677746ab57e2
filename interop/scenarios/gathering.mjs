// Namespaces, rooms and broadcasts.
import { check, equal, until } from "../lib/check.mjs";

const open = (rig, count) => Promise.all(Array.from({ length: count }, () => rig.open()));

// Everything that each peer hears until the last word, which goes to all of them.
async function heard(rig, speaker, peers) {
  const everybody = rig.unique("everybody");
  await Promise.all(peers.map((peer) => peer.ask("join", everybody)));
  await speaker.ask("broadcast", { self: true, to: [everybody] }, "news", "end");
  return Promise.all(peers.map(async (peer) => {
    const words = [];
    for (;;) {
      const [word] = await peer.next("news");
      if (word === "end") return words;
      words.push(word);
    }
  }));
}

export const gathering = [
  {
    name: "namespaces",
    async run(rig) {
      const root = await rig.open();
      const custom = await root.sibling("/custom");
      const [facts] = await custom.ask("handshake");
      equal(facts.id, rig.client.eio === 3 ? `/custom#${root.id}` : custom.id, "id in the namespace");
      custom.emit("message", "for custom");
      root.emit("message", "for root");
      equal(await root.next("message-back"), ["for root"], "root");
      equal(await custom.next("message-back"), ["for custom"], "custom");
      custom.socket.disconnect();
      equal((await custom.next("disconnect"))[0], "io client disconnect", "reason");
      equal(await root.ask("message-with-ack", 1), [1], "root after custom left");
      custom.socket.connect();
      await custom.next("connect");
      equal(await custom.ask("message-with-ack", 2), [2], "custom joined again");
      equal(root.count("disconnect"), 0, "disconnects of root");
    },
  },
  {
    name: "dynamic namespaces",
    async run(rig) {
      const root = await rig.open();
      const path = "/dynamic-" + parseInt(rig.stamp, 36);
      const child = await root.sibling(path);
      equal(await child.ask("message-with-ack", "in"), ["in"], "by pattern");
      const name = rig.unique("/by-function");
      const allowed = await root.sibling(name, { auth: { allow: true } });
      equal(await allowed.ask("message-with-ack", "in"), ["in"], "by function");
      for (const unknown of ["/dynamic-x1", "/by-function-refused", "/unknown"]) {
        const refused = await root.sibling(unknown, { wait: false });
        equal((await refused.refusal()).message, "Invalid namespace", `refusal of ${unknown}`);
      }
      const stranger = await rig.open(path);
      await stranger.ask("broadcast", {}, "news", "child only");
      equal(await child.next("news"), ["child only"], "broadcast in the child");
      equal(root.count("news"), 0, "news in the root");
    },
  },
  {
    name: "middleware",
    async run(rig) {
      const root = await rig.open();
      const peer = await root.sibling("/refuse", { wait: false, auth: { token: "wrong" } });
      const refusal = await peer.refusal();
      if (rig.client.eio === 3) equal(refusal, { code: 401, hint: "token" }, "data of the refusal");
      else equal(refusal, { message: "not authorized", data: { code: 401, hint: "token" } }, "refusal");
      if (rig.has("auth")) peer.socket.auth = { token: "open sesame" };
      else peer.socket.query = "token=open%20sesame";
      peer.socket.connect();
      await peer.next("connect");
      equal(await peer.ask("message-with-ack", "in"), ["in"], "after the retry");
      equal(root.count("disconnect"), 0, "disconnects of root");
    },
  },
  {
    name: "rooms",
    smoke: true,
    async run(rig) {
      const [a, b, c, d] = await open(rig, 4);
      const [red, blue] = [rig.unique("red"), rig.unique("blue")];
      equal(await a.ask("join", red), [[red]], "rooms of a");
      equal(await b.ask("join", [red, blue]), [[blue, red]], "rooms of b");
      await c.ask("join", blue);
      await a.ask("broadcast", { to: [red] }, "news", "red, not me");
      await a.ask("broadcast", { to: [red], self: true }, "news", "red and me");
      await a.ask("broadcast", { to: [red, blue] }, "news", "both, once");
      await a.ask("broadcast", { to: [red, blue], except: [blue], self: true }, "news", "red only");
      await a.ask("broadcast", { to: [b.id] }, "news", "for b");
      await a.ask("broadcast", { to: [blue], except: [c.id] }, "news", "not for c");
      equal(await b.ask("leave", red), [[blue]], "rooms of b after leaving");
      await a.ask("broadcast", { to: [red], self: true }, "news", "b has left");
      equal(await heard(rig, a, [a, b, c, d]), [
        ["red and me", "red only", "b has left"],
        ["red, not me", "red and me", "both, once", "for b", "not for c"],
        ["both, once"],
        [],
      ], "what a, b, c, d heard");
    },
  },
  {
    name: "binary broadcast",
    async run(rig) {
      const [a, b] = await open(rig, 2);
      const room = rig.unique("pictures é");
      await b.ask("join", room);
      const picture = { name: "é.png", data: rig.bytes([137, 80, 78, 71]), parts: [rig.bytes([1]), rig.bytes([])] };
      await a.ask("broadcast", { to: [room] }, "news", picture, "caption");
      equal(await b.next("news"), [picture, "caption"], "news");
    },
  },
  {
    name: "old and new in one room",
    needs: "newest",
    // Where Kedge accepts, the session is its own.
    differs: (client, transport, target) =>
      target.name !== "listening" && client.name === "1.7.4" && ["polling", "jsonp"].includes(transport) &&
      "text beyond ASCII of 1.x clients is garbled over polling",
    async run(rig) {
      const [peer, newest] = [await rig.open(), await rig.openNewest()];
      const room = rig.unique("mixed");
      await Promise.all([peer, newest].map((each) => each.ask("join", room)));
      const words = ["héllo 😀", { ключ: "значение", data: rig.bytes([0xc3, 0xa9, 0, 255]) }];
      await peer.ask("broadcast", { to: [room] }, "news", ...words);
      equal(await newest.next("news"), words, "from this generation to the newest");
      await newest.ask("broadcast", { to: [room] }, "news", ...words);
      equal(await peer.next("news"), words, "from the newest to this generation");
      await newest.ask("broadcast", { to: [room] }, "news", "nur Text: ü");
      equal(await peer.next("news"), ["nur Text: ü"], "text alone");
    },
  },
  {
    name: "broadcast acks",
    async run(rig) {
      const [a, b, c] = await open(rig, 3);
      const [room, silent] = [rig.unique("voters"), rig.unique("silent")];
      await Promise.all([a, b, c].map((peer) => peer.ask("join", room)));
      await c.ask("join", silent);
      a.socket.on("vote", (question, answer) => answer(`a: ${question}`, "second"));
      b.socket.on("vote", (question, answer) => answer(`b: ${question}`));
      const [outcome, votes] = await a.ask("broadcast-ack", { to: [room], except: [silent] }, rig.patience, "vote", "tea?");
      equal([outcome, votes.sort()], ["ok", ["a: tea?", "b: tea?"]], "votes");
      let late, partial;
      for (const ms of [300, 1200, 4800]) {
        [late, partial] = await a.ask("broadcast-ack", { to: [room] }, ms, "vote", "coffee?");
        if (partial.length === 2) break;
      }
      equal([late, partial.sort()], ["timeout", ["a: coffee?", "b: coffee?"]], "votes with one silent");
      equal(await a.ask("broadcast-ack", { to: [rig.unique("nobody")] }, rig.patience, "vote"), ["ok", []], "votes of nobody");
    },
  },
  {
    name: "fetch and disconnect",
    async run(rig) {
      const [a, b, c] = await open(rig, 3);
      const room = rig.unique("guests");
      await Promise.all([b, c].map((peer) => peer.ask("join", room)));
      equal(await a.ask("fetch", room), [[b.id, c.id].sort()], "ids in the room");
      equal(await a.ask("disconnect-room", room, false), [], "ack");
      equal((await b.next("disconnect"))[0], "io server disconnect", "reason at b");
      equal((await c.next("disconnect"))[0], "io server disconnect", "reason at c");
      await until("the room is empty", async () => (await a.ask("fetch", room))[0].length === 0);
      check(a.socket.connected, "a is still connected");
    },
  },
];
