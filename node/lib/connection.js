"use strict";

// What the addon has to know of a connection that was upgraded.
const net = require("node:net");

const compression = "permessage-deflate";

/** Why a connection cannot be taken over by its descriptor; null when it can. */
function hindrance(socket) {
  if (socket.encrypted) return "tls";
  if (!(socket instanceof net.Socket)) return "not a net.Socket";
  if (!socket._handle || !(socket._handle.fd >= 0)) return "no descriptor";
  if (socket.writableLength > 0) return "not all written";
  return null;
}

/** What was read of a connection and by nobody yet. */
function readSoFar(socket, head) {
  if (socket.readableLength === 0) return head;
  const read = [head];
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) read.push(chunk);
  return Buffer.concat(read);
}

/** What was agreed on for compression, as the addon takes it. */
function deflateOf(extensions) {
  const agreed = extensions[compression];
  if (!agreed) return undefined;
  const { _options: options = {}, params = {} } = agreed;
  const { level, memLevel } = options.zlibDeflateOptions || {};
  return {
    threshold: options.threshold,
    level,
    memLevel,
    serverNoContextTakeover: Number(Boolean(params.server_no_context_takeover)),
    clientNoContextTakeover: Number(Boolean(params.client_no_context_takeover)),
    serverMaxWindowBits: params.server_max_window_bits,
    clientMaxWindowBits: params.client_max_window_bits,
  };
}

module.exports = { compression, deflateOf, hindrance, readSoFar };
