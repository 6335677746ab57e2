#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/relay/broker_link.hpp>
#include <kedge/stomp/relay/relay_figures.hpp>
#include <kedge/stomp/relay_options.hpp>
#include <kedge/stomp/session/options.hpp>
#include <kedge/transports/loop/door.hpp>
#include <kedge/transports/net/dialer.hpp>

namespace kedge::stomp {

class system_line;

/// The relay's own connection, from any thread.
struct system_access {
    transports::door_ptr way{};  ///< null until the relay is attached
    system_line* at = nullptr;   ///< touched on its thread alone; null when it has gone
};

/// What the workers share of a relay. Does not change once the server runs, but for the figures.
struct relay_core {
    /// Throws std::invalid_argument for options that serve nobody, std::runtime_error for files of TLS that
    /// cannot be used.
    relay_core(relay_options to, const options& clients);

    relay_options terms;
    link_terms link;          ///< of the relay itself
    std::size_t most_unsent;  ///< of one client, who cannot be held
    std::shared_ptr<const transports::tls_client> tls{};
    std::shared_ptr<system_access> system = std::make_shared<system_access>();
    relay_figures counted{};

    transports::dial_address address() const { return {.host = terms.host, .port = terms.port, .path = {}}; }
    std::string name() const { return terms.host + ':' + std::to_string(terms.port); }
    /// Whether a destination is the broker's.
    bool takes(std::string_view destination) const noexcept;
    /// Sends by the relay's own connection. From any thread.
    void send(std::string destination, std::vector<header> headers, std::string body);
};

}  // namespace kedge::stomp
