// Leaving, being sent away, coming back.
import { check, equal, until } from "../lib/check.mjs";

// A named peer in a room, and another that is told when the first is gone.
async function watched(rig, path = "/", options = {}) {
  const [peer, watcher] = [await rig.open(path, options), await rig.open(path)];
  const [name, room] = [rig.unique("somebody"), rig.unique("room")];
  await watcher.ask("join", "watch:" + name);
  await peer.ask("name", name);
  await peer.ask("join", room);
  const told = async (reason) => {
    equal(await watcher.next("gone"), [name, reason, [room]], "disconnecting on the server");
    equal(await watcher.next("left"), [name, reason], "disconnect on the server");
    equal(await watcher.ask("fetch", room), [[]], "sockets left in the room");
  };
  return { peer, watcher, told };
}

const back = { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 50, randomizationFactor: 0 };

export const parting = [
  {
    name: "client disconnects",
    async run(rig) {
      const { peer, told } = await watched(rig);
      peer.socket.disconnect();
      equal((await peer.next("disconnect"))[0], "io client disconnect", "reason on the client");
      await told("client namespace disconnect");
    },
  },
  {
    name: "client closes engine",
    async run(rig) {
      const { peer, told } = await watched(rig);
      peer.engine.close();
      equal((await peer.next("disconnect"))[0], "forced close", "reason on the client");
      await told("transport close");
    },
  },
  {
    name: "server disconnects",
    async run(rig) {
      const { peer, told } = await watched(rig);
      const { engine } = peer;
      peer.emit("disconnect-me", false);
      equal((await peer.next("disconnect"))[0], "io server disconnect", "reason on the client");
      await told("server namespace disconnect");
      // Clients close the engine that has no namespace left, and stumble over its late end if they connect meanwhile.
      await until("the old engine is closed", () => engine.readyState === "closed");
      peer.socket.connect();
      await peer.next("connect");
      equal(await peer.ask("message-with-ack", "again"), ["again"], "after coming back");
    },
  },
  {
    name: "server disconnects all",
    async run(rig) {
      const { peer, told } = await watched(rig);
      const custom = await peer.sibling("/custom");
      custom.emit("disconnect-me", true);
      equal((await custom.next("disconnect"))[0], "io server disconnect", "reason in /custom");
      equal((await peer.next("disconnect"))[0], "io server disconnect", "reason in /");
      await told("server namespace disconnect");
    },
  },
  {
    name: "server closes engine",
    async run(rig) {
      const { peer, told } = await watched(rig, "/", back);
      const { id } = peer;
      await peer.next("auth");
      peer.emit("drop");
      equal((await peer.next("disconnect"))[0], "transport close", "reason on the client");
      await told("forced close");
      await peer.next("connect");
      await peer.next("auth");
      check(peer.id !== id, "a new id after coming back");
      equal(await peer.ask("message-with-ack", "again"), ["again"], "after coming back");
    },
  },
  {
    name: "leave and join while joining",
    differs: () => "two CONNECTs in a row make two sockets of one name",
    sometimes: true,
    async run(rig) {
      const root = await rig.open();
      const slow = await root.sibling("/slow", { wait: false });
      slow.socket.disconnect();
      slow.socket.connect();
      await slow.next("connect");
      equal(await slow.ask("message-with-ack", "in"), ["in"], "in the namespace");
      equal(await root.ask("message-with-ack", "still"), ["still"], "in the root");
      const [{ id }] = await slow.ask("handshake");
      equal(await slow.ask("fetch", id), [[id]], "the socket that the server knows");
      equal(root.count("disconnect"), 0, "disconnects of root");
    },
  },
  {
    name: "leave and join again at once",
    differs: () => "a CONNECT for a namespace that is joined already closes the whole connection",
    sometimes: true,
    async run(rig) {
      const root = await rig.open();
      for (const delay of [0, 1, 2, 3, 4, 6, 9]) {
        const peer = await root.sibling(`/dynamic-${delay}${parseInt(rig.stamp, 36)}`, { wait: false });
        await new Promise((resolve) => setTimeout(resolve, delay));
        peer.socket.disconnect();
        peer.socket.connect();
        await until("connected", () => peer.socket.connected);
        equal(await peer.ask("message-with-ack", delay), [delay], "in the namespace");
      }
      equal(await root.ask("message-with-ack", "still"), ["still"], "in the root");
      equal(root.count("disconnect"), 0, "disconnects of root");
    },
  },
  {
    name: "server restarts",
    needs: "server",
    async run(rig) {
      const server = await rig.hooks.server();
      const peer = await rig.open("/", { url: server.url, ...back });
      const custom = await peer.sibling("/custom");
      await peer.next("auth");
      await server.kill();
      check(["transport close", "transport error"].includes((await peer.next("disconnect"))[0]), "reason on the client");
      await server.start();
      await Promise.all([peer.next("connect"), custom.next("connect")]);
      await peer.next("auth");
      await peer.settled();
      equal(await peer.ask("message-with-ack", "again"), ["again"], "after the restart");
      equal(await custom.ask("message-with-ack", "again"), ["again"], "in /custom after the restart");
    },
  },
];
