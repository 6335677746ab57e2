// An agent that knows its sockets, so that a client of any generation can be cut off, reset, or made deaf.
import { Agent } from "node:http";

export class Line extends Agent {
  open = new Set();
  deaf = false;
  over = false;

  constructor() {
    super({ keepAlive: true });
  }

  createConnection(options, done) {
    // Old XMLHttpRequests for Node repeat a request that was reset for ever, and say nothing on new connections.
    if (this.over) return void process.nextTick(done, new Error("this client has left"));
    const socket = super.createConnection(options, done);
    this.open.add(socket);
    socket.once("close", () => this.open.delete(socket));
    if (this.deaf) socket.once("connect", () => hearNothing(socket));
    return socket;
  }

  /** All connections end, as when a process goes: by FIN, or by RST. */
  cut({ reset = false } = {}) {
    for (const socket of this.open) {
      socket.on("error", () => {});
      reset ? socket.resetAndDestroy() : socket.destroy();
    }
  }

  /** Ends what is left of it. */
  end() {
    this.over = true;
    this.cut();
    this.destroy();
  }

  /** Nothing is read any more, and the connections stand. */
  deafen() {
    this.deaf = true;
    this.open.forEach(hearNothing);
  }
}

function hearNothing(socket) {
  socket.pause();
  socket._handle?.readStop();
}
