// A TCP relay whose connections can be cut, or left hanging on the server's side.
import { createServer, connect } from "node:net";
import { until } from "./check.mjs";

export class Wire {
  pairs = new Set();
  frozen = new Set();
  down = false;

  static async to(port) {
    const wire = new Wire();
    wire.server = createServer((client) => wire.join(client, connect(port, "127.0.0.1")));
    await new Promise((resolve) => wire.server.listen(0, "127.0.0.1", resolve));
    wire.url = `http://127.0.0.1:${wire.server.address().port}`;
    return wire;
  }

  join(client, upstream) {
    const pair = { client, upstream, waiting: false };
    for (const socket of [client, upstream]) socket.setNoDelay(true).on("error", () => {});
    if (this.down) return [client, upstream].forEach((socket) => socket.destroy());
    this.pairs.add(pair);
    upstream.on("data", () => (pair.waiting = false));
    client.pipe(upstream);
    upstream.pipe(client);
    // Behind what pipe() has just written: a request that never left for the server does not wait there.
    client.on("data", () => upstream.write("", () => (pair.waiting = true)));
    client.on("close", () => this.pairs.delete(pair) && upstream.destroy());
    upstream.on("close", () => this.pairs.delete(pair) && client.destroy());
  }

  /** Resolves when a request was passed on that is not answered yet: a poll, where nothing else is under way. */
  pollWaits() {
    return until("a poll waits", () => [...this.pairs].some(({ waiting }) => waiting));
  }

  /** Both sides lose their connections, and new ones fail until `mend()`. */
  cut() {
    this.down = true;
    for (const { client, upstream } of this.pairs) [client, upstream].forEach((socket) => socket.destroy());
    this.pairs.clear();
  }

  /** The clients lose their connections; the server learns nothing of it. New ones fail until `mend()`. */
  freeze() {
    this.down = true;
    for (const { client, upstream } of this.pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      upstream.resume();
      this.frozen.add(upstream);
      client.destroy();
    }
    this.pairs.clear();
  }

  mend() {
    this.down = false;
  }

  close() {
    this.cut();
    this.frozen.forEach((socket) => socket.destroy());
    this.server.close();
  }
}
