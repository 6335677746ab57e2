// Connection state recovery: what was missed comes back, once and in order.
import { check, equal, within } from "../lib/check.mjs";

const back = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 100, randomizationFactor: 0 };

/** The next news, without the offset that the server appends. */
export async function news(peer) {
  const args = await peer.next("news");
  equal(typeof args.pop(), "string", "type of the offset");
  return args;
}

/** A peer behind a wire that can be cut, in a room, with an offset; and somebody who goes on talking. */
export async function audience(rig) {
  const wire = await rig.hooks.wire();
  const [peer, speaker] = [await rig.open("/", { url: wire.url, ...back }), await rig.open()];
  equal((await peer.next("auth"))[0], {}, "auth of who claims nothing");
  const [room, muted] = [rig.unique("room"), rig.unique("muted")];
  await peer.ask("join", [room, muted]);
  await peer.ask("name", rig.unique("listener"));
  await speaker.ask("join", "watch:" + rig.unique("listener"));
  const say = (options, ...args) => speaker.ask("broadcast", { to: [room], ...options }, "news", ...args);
  await say({}, "before");
  equal(await news(peer), ["before"], "news before the cut");
  return { wire, peer, speaker, room, muted, say };
}

/** The same before the server has sent the peer a single event: it has no offset. */
async function quietAudience(rig) {
  const wire = await rig.hooks.wire();
  const [peer, speaker] = [await rig.open("/", { url: wire.url, auth: { quiet: true }, ...back }), await rig.open()];
  const [room, muted] = [rig.unique("room"), rig.unique("muted")];
  await peer.ask("join", [room, muted]);
  await peer.ask("name", rig.unique("listener"));
  await speaker.ask("join", "watch:" + rig.unique("listener"));
  equal(peer.socket._lastOffset, undefined, "the offset of who was sent nothing");
  return { wire, peer, speaker, room, muted, say: (options, ...args) => speaker.ask("broadcast", { to: [room], ...options }, "news", ...args) };
}

/** The client has tried to say its last words and to come back by now, in vain: the wire stays down. */
export async function away(peer) {
  const again = new Promise((resolve) => peer.manager.once("reconnect_attempt", resolve));
  await peer.next("disconnect");
  await within(peer.rig.patience, "a new attempt", again);
}

async function speakToNobody(rig, { say, muted }) {
  await say({}, "first");
  await say({ to: [rig.unique("elsewhere")] }, "for another room");
  await say({}, "with binary", { data: rig.bytes([1, 2, 3]) });
  await say({ except: [muted] }, "not for the muted");
  await say({ volatile: true }, "volatile");
  await say({}, "last é 😀");
}

async function nothingLost(rig, peer, { say, room }, id) {
  equal(await news(peer), ["first"], "first missed");
  equal(await news(peer), ["with binary", { data: rig.bytes([1, 2, 3]) }], "second missed");
  equal(await news(peer), ["last é 😀"], "third missed");
  await peer.next("connect");
  equal(peer.socket.recovered, true, "recovered on the client");
  equal(peer.id, id, "id");
  equal((await peer.ask("handshake"))[0].recovered, true, "recovered on the server");
  await peer.settled();
  await say({}, "live");
  equal(await news(peer), ["live"], "next news");
  equal(peer.count("news"), 0, "news that came twice");
  equal((await peer.ask("leave", "none"))[0].includes(room), true, "still in the room");
}

export const recovering = [
  {
    name: "recovery",
    needs: "recovery",
    async run(rig) {
      const all = await audience(rig);
      const { wire, peer, speaker } = all;
      for (let round = 0; round < 2; round++) {
        const { id } = peer;
        if (rig.finalTransport === "polling") await wire.pollWaits();
        wire.cut();
        await away(peer);
        equal((await speaker.next("gone"))[1].startsWith("transport "), true, "the server noticed");
        await speakToNobody(rig, all);
        wire.mend();
        await nothingLost(rig, peer, all, id);
      }
    },
  },
  {
    name: "recovery of who was sent nothing yet",
    needs: "recovery",
    differs: () => "a client without an offset comes anew",
    async run(rig) {
      const all = await quietAudience(rig);
      const { wire, peer, speaker } = all;
      const { id } = peer;
      for (const missed of [false, true]) {
        if (rig.finalTransport === "polling") await wire.pollWaits();
        wire.cut();
        await away(peer);
        await speaker.next("gone");
        if (missed) await speakToNobody(rig, all);
        wire.mend();
        if (missed) return nothingLost(rig, peer, all, id);
        await peer.next("connect");
        equal([peer.socket.recovered, peer.id], [true, id], "recovered, id");
        await peer.settled();
        await peer.ask("leave", "none"); // the server has changed over, too
      }
    },
  },
  {
    name: "recovery, half open",
    needs: "recovery",
    differs: () => "a session that the server still believes alive cannot be recovered",
    async run(rig) {
      const all = await audience(rig);
      const { wire, peer, speaker } = all;
      const { id } = peer;
      wire.freeze();
      await away(peer);
      check(speaker.count("gone") === 0, "the server still believes in the old connection");
      await speakToNobody(rig, all);
      wire.mend();
      await nothingLost(rig, peer, all, id);
    },
  },
  {
    name: "no recovery after leaving",
    needs: "recovery",
    async run(rig) {
      const { peer, say } = await audience(rig);
      const { id } = peer;
      peer.socket.disconnect();
      await peer.next("disconnect");
      await say({}, "missed for good");
      peer.socket.connect();
      await peer.next("connect");
      equal(peer.socket.recovered, false, "recovered");
      check(peer.id !== id, "a new id");
      equal(peer.count("news"), 0, "news of the time away");
    },
  },
];
