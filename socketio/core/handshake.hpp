#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/request.hpp>
#include <kedge/socketio/value/json.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {

/// The headers of a session's first request, by lower-case name.
class handshake_headers {
  public:
    explicit handshake_headers(const engine::request* from) noexcept : from_(from) {}
    /// Empty when there is none; duplicates joined as Node joins them.
    std::string operator[](std::string_view name) const;
    std::optional<std::string> find(std::string_view name) const;
    /// All of them, each name once.
    std::vector<std::pair<std::string, std::string>> all() const;

  private:
    const engine::request* from_;
};

/// The query of a session's first request, decoded: EIO, transport, and what the client added.
class handshake_query {
  public:
    explicit handshake_query(const engine::request* from) noexcept : from_(from) {}
    /// Empty when there is none; of several of that name the last.
    std::string operator[](std::string_view name) const;
    std::optional<std::string> find(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> all() const;

  private:
    const engine::request* from_;
};

/// How a socket came to be. A view: it lives as long as a handle to the socket. It can be emitted, field by
/// field under the reference's names.
struct handshake {
    handshake_headers headers;
    std::string time;          ///< "Sat Nov 21 2026 02:26:24 GMT+0000 (Coordinated Universal Time)"
    std::int64_t issued;       ///< milliseconds since 1970
    std::string_view address;  ///< the peer's
    bool xdomain;              ///< an Origin header came
    bool secure;               ///< over TLS
    std::string_view url;      ///< the target of the first request
    handshake_query query;
    const value&
        auth;  ///< what the client sent with its CONNECT; for clients of 1.x and 2.x the namespace's query
    const engine::peer_certificate* certificate;  ///< of a client that showed one, or null
    const engine::request* request;               ///< the first request itself, or null
};

/// Of a socket whose session began with that request, if it is there.
handshake make_handshake(const engine::request* from, std::int64_t issued, const value& auth);

/// A moment as JavaScript's Date shows it, in UTC.
std::string format_time(std::int64_t milliseconds);

/// Objects, by name.
template <>
struct json<handshake_headers> {
    static void write(writer& to, const handshake_headers& from);
};
template <>
struct json<handshake_query> {
    static void write(writer& to, const handshake_query& from);
};
template <>
struct json<handshake> {
    static void write(writer& to, const handshake& from);
};

}  // namespace kedge
