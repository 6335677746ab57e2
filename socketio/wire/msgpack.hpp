#pragma once

#include <memory>

#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

/// Packets as MessagePack, one binary message each: what the npm package `socket.io-msgpack-parser` and the
/// bundle `socket.io.msgpack.min.js` speak. A Date arrives as the string that JSON would have carried,
/// `undefined` as null, and is left out of objects.
std::shared_ptr<const parser> msgpack_parser(parser_options options = {});

}  // namespace kedge
