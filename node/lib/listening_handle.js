"use strict";

// In the place of the handle of an http server that does not listen itself, while an engine listens for it: it is closed,
// referenced and asked for its address as one that does. Without one, Node would take it for closed whenever its last
// connection ends.

class ListeningHandle {
  constructor(engine, httpServer) {
    this.engine = engine;
    this.httpServer = httpServer;
    httpServer._handle = this;
    const { address } = engine._listening;
    if (typeof address === "string") {
      this.getsockname = undefined;
      httpServer._pipeName = address;
    }
    // As it does when it begins to listen: it keeps an eye on its connections.
    for (const listener of httpServer.listeners("listening"))
      if (listener.name === "setupConnectionsTracking") listener.call(httpServer);
  }

  getsockname(out) {
    Object.assign(out, this.engine.address());
    return 0;
  }

  ref() {
    this.engine.ref();
  }

  unref() {
    this.engine.unref();
  }

  /** Called when the http server closes. */
  close() {
    this.engine.stopListening();
  }

  /** The engine listens no more. Who closes both, as socket.io does, does it in the same turn. */
  release() {
    setImmediate(() => {
      if (this.httpServer._handle === this && this.engine._listening === null) this.httpServer._handle = null;
    });
  }
}

module.exports = { ListeningHandle };
