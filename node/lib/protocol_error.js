"use strict";

/** What the errors of `ws` are called, by what they say behind its prefix. */
const codes = [
  ["RSV1", "UNEXPECTED_RSV_1"],
  ["RSV2", "UNEXPECTED_RSV_2_3"],
  ["invalid opcode", "INVALID_OPCODE"],
  ["FIN", "EXPECTED_FIN"],
  ["invalid payload length", "INVALID_CONTROL_PAYLOAD_LENGTH"],
  ["MASK", "EXPECTED_MASK"],
  ["payload length >", "UNSUPPORTED_DATA_PAYLOAD_LENGTH"],
  ["Max payload size", "UNSUPPORTED_MESSAGE_LENGTH"],
  ["invalid UTF-8", "INVALID_UTF8"],
  ["invalid status code", "INVALID_CLOSE_CODE"],
];
const prefix = /^(Invalid|Unsupported) WebSocket frame: /;

/** The error that `ws` raises where a peer breaks its rules. What zlib says begins with a small letter. */
function protocolError(description) {
  const ofZlib = /^[a-z]/.test(description);
  const kind = ofZlib || description.includes("UTF-8") ? Error : RangeError;
  const said = description.replace(prefix, "");
  const found = codes.find(([begin]) => said.startsWith(begin));
  const error = new kind(description);
  if (ofZlib) Object.assign(error, { errno: -3, code: "Z_DATA_ERROR" });
  else if (found) error.code = `WS_ERR_${found[1]}`;
  return error;
}

module.exports = { protocolError };
