"use strict";

/** The error that `ws` raises where a peer breaks its rules. */
function protocolError(description) {
  const kind = description.includes("UTF-8") || description.includes("compressed") ? Error : RangeError;
  return new kind(description);
}

module.exports = { protocolError };
