"use strict";

/** What became of the websockets of one engine: taken over by their descriptor, carried (and why), or left to `ws` (and why). */
class Facts {
  constructor(reason) {
    this.reason = reason;
    this.taken = 0;
    this.carried = {};
    this.left = {};
  }

  get enabled() {
    return this.reason === null;
  }

  /** A websocket was taken over, or carried where something was against it. */
  countTaken(against) {
    if (against === null) this.taken++;
    else this.carried[against] = (this.carried[against] || 0) + 1;
  }

  countLeft(reason) {
    this.left[reason] = (this.left[reason] || 0) + 1;
  }
}

/**
 * Of an engine that listens: its sessions that live in the addon, the connections that went to Node, and why new sessions are
 * Node's; null when they are not. Others have none of it.
 */
Object.assign(Facts.prototype, { listened: 0, handedBack: 0, byNode: null });

module.exports = { Facts };
