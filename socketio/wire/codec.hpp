#pragma once

#include <memory>

#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

/// The default parser: packets as text with JSON, binaries as messages behind it.
std::shared_ptr<const parser> json_parser(parser_options options = {});

}  // namespace kedge
