"use strict";

/** The error that `ws` raises where a peer breaks its rules. What zlib says begins with a small letter. */
function protocolError(description) {
  const kind = /^[a-z]|UTF-8/.test(description) ? Error : RangeError;
  return new kind(description);
}

module.exports = { protocolError };
