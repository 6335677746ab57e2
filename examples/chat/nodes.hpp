#pragma once

#include <string>

#include <kedge/server.hpp>

namespace kedge::transports {
class routes;
}

namespace chat {

/// One of several servers that are one chat, as `script/server --cluster N` starts them.
struct membership {
    std::string redis;   ///< the URL of the one that they share; empty: this server is alone
    unsigned node = 0;   ///< which of them this is
    std::string folder;  ///< where the script writes what becomes of them, and reads what is wanted
};

/// Makes this server one of them.
void join_nodes(kedge::server& io, const membership& of);
/// Shows which of them are there, and takes the wish that one be stopped or started: on /nodes.
void serve_nodes(kedge::transports::routes& site, const membership& of);

}  // namespace chat
