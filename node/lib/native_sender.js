"use strict";

// In the place of the Sender of `ws`, for those who reach below the engine. A transport sends through it from the moment
// that somebody has asked for it.
const { ws } = require("./reference");
const { compression } = require("./connection");

const isBytes = (data) => data instanceof ArrayBuffer || ArrayBuffer.isView(data);

function streamError(code, message) {
  const error = Object.assign(new Error(message), { code });
  // As Node's own begin.
  error.stack = error.stack.replace("Error", `Error [${code}]`);
  return error;
}

/** What a stream says of what it has written: Node has come to say something. */
const written = parseInt(process.versions.node, 10) < 20 ? undefined : null;

/** What a stream says of what is written to it too late; nothing when it is not. */
function lateness({ destroyed, writableEnded }) {
  if (destroyed) return streamError("ERR_STREAM_DESTROYED", "Cannot call write after a stream was destroyed");
  return writableEnded ? streamError("ERR_STREAM_WRITE_AFTER_END", "write after end") : written;
}

/** Control frames, fragments and what else is not of every day are framed by `ws`; their bytes leave with all others. */
class NativeSender extends ws.Sender {
  constructor(transport) {
    super(transport.socket._socket);
    this.transport = transport;
    this.late = 0;
  }

  /** With what was sent too late, as `ws` counts. */
  get _bufferedBytes() {
    return this.transport.unsent + this.late;
  }

  set _bufferedBytes(bytes) {
    // Set by `ws` before this one has its transport.
    if (this.transport !== undefined) this.late = bytes - this.transport.unsent;
  }

  /** What was given is with the transport, unless it came too late: of a stream that was ended that is the end. */
  tell(callback) {
    const { _socket: socket } = this.transport.socket;
    const late = lateness(socket);
    if (callback) process.nextTick(callback, late);
    if (late) socket.destroy(late);
  }

  /** Whether it is a message of one frame, in the form that its kind of data has. */
  isPlain(data, { binary, mask, compress, fin }) {
    if (!fin || mask || !this._firstFragment || this._state !== 0) return false;
    if (!compress && compression in this.transport.socket._extensions) return false;
    return binary ? isBytes(data) : typeof data === "string";
  }

  send(data, options, callback) {
    if (!this.isPlain(data, options)) {
      super.send(data, { ...options, compress: false }, callback);
      return;
    }
    if (!this.transport.severed) this.transport.sendRaw(data);
    this.tell(callback);
  }

  sendFrame(frame, callback) {
    if (!this.transport.severed) this.transport.sendFrame(frame);
    this.tell(callback);
  }

  close(code, reason, mask, callback) {
    this.transport.shut(code, reason);
    this.tell(callback);
  }
}
Object.defineProperty(NativeSender, "name", { value: ws.Sender.name });

module.exports = { NativeSender, isBytes, lateness };
