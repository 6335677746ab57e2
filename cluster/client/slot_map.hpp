#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <kedge/cluster/client/key_slot.hpp>
#include <kedge/cluster/redis/resp_value.hpp>
#include <kedge/transports/net/dialer.hpp>

namespace kedge::cluster {

/// A node of a Redis Cluster, as others reach it.
struct node_address {
    std::string host{};
    std::uint16_t port = 0;

    friend bool operator==(const node_address&, const node_address&) = default;
    friend bool operator<(const node_address& one, const node_address& other) noexcept {
        return std::tie(one.host, one.port) < std::tie(other.host, other.port);
    }
    transports::dial_address dial() const { return {host, port, {}}; }
};

/// Which node has which slots.
class slot_map {
  public:
    struct node {
        node_address where;
        bool master = false;
        friend bool operator==(const node&, const node&) = default;
    };

    /// Reads the answer to CLUSTER SLOTS of a node that was reached by the host `asked`, which stands for
    /// hosts that it does not tell. Nothing when it makes no sense or nobody has a slot.
    static std::optional<slot_map> read(resp_value reply, std::string_view asked);

    /// Null when nobody has it.
    const node_address* owner(unsigned slot) const noexcept;
    void set_owner(unsigned slot, const node_address& to);
    const std::vector<node>& nodes() const noexcept { return nodes_; }
    std::vector<node_address> masters() const;
    bool knows(const node_address& which) const noexcept;

    friend bool operator==(const slot_map&, const slot_map&) = default;

  private:
    static constexpr std::uint16_t nobody = 0xffff;

    slot_map() { owners_.fill(nobody); }
    bool read_range(resp_value range, std::string_view asked);
    std::uint16_t index_of(const node_address& which, bool master);

    std::vector<node> nodes_;
    std::array<std::uint16_t, slot_count> owners_{};
};

/// An error by which a node says that another one is to be asked.
struct redirection {
    bool for_good = false;  ///< MOVED: the slot is there. Else ASK: this once
    std::uint16_t slot = 0;
    node_address to;  ///< an empty host is the one that was asked
};
std::optional<redirection> read_redirection(std::string_view error);

/// Whether the node, or the whole cluster, cannot say yet.
bool is_for_later(std::string_view error) noexcept;

/// Whether a node has looked at the command, and has found it wrong: then it is there. Redis' own errors
/// begin with a word in capitals, those of a link do not.
bool was_carried_out(std::string_view error);

}  // namespace kedge::cluster
