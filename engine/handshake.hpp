#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kedge/engine/error.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

/// What an Engine.IO request asks for, read from its head once.
struct request_facts {
    request_facts() = default;
    explicit request_facts(const request& from);

    std::string method;
    std::string transport;             ///< as the query names it; empty when absent
    std::string sid;                   ///< empty when absent
    std::string origin;                ///< the Origin header; empty when absent
    std::optional<std::string> jsonp;  ///< the digits of `j`; present, perhaps empty, when `j` is
    revision protocol = revision::v3;  ///< EIO=4, or else 3
    bool base64 = false;               ///< `b64` has a value: this transport must not carry binary
    bool upgrade = false;              ///< asks to leave HTTP

    /// The transport that is named, if it is one that is served over HTTP at all.
    std::optional<transport_kind> kind() const noexcept;
};

/// What a request with a sid is checked against.
struct session_facts {
    transport_kind transport = transport_kind::polling;
    revision protocol = revision::v4;
};

/// Checks a request in the reference's order, up to where the application is asked (allow_request) when there
/// is no sid. `found` is the session of the sid, null when there is none of that name. Nothing when all is
/// well.
std::optional<refusal> verify(const request_facts& asked, const options& settings,
                              const session_facts* found);

/// What remains to be checked of a request that opens a session once the application has allowed it.
std::optional<refusal> verify_opening(const request_facts& asked, const options& settings);

/// Refusals by others than verify(), with their context: a middleware that failed, allow_request that said no
/// (with its text, or an empty one for the standard one), generate_id that failed, a transport that could not
/// be made.
refusal refuse_middleware();
refusal refuse_forbidden(std::string message);
refusal refuse_id_generation(std::string error);
refusal refuse_transport(std::string error);

/// The data of the open packet.
std::string open_packet(std::string_view sid, transport_kind on, const options& settings);

}  // namespace kedge::engine
