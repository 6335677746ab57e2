#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/cluster/messages/node_message.hpp>

namespace kedge::cluster {

/// Whether binary makes a message MessagePack, or all is JSON.
enum class binary_form : std::uint8_t { msgpack, plaintext };

/// The messages that the reference's newer adapters share (sharded, streams): `{type, data, uid, nsp}`. Any
/// thread may write.
class cluster_form {
  public:
    /// Characters of a node's name.
    static constexpr std::size_t uid_size = 16;

    cluster_form(std::string nsp, std::string uid) : nsp_(std::move(nsp)), uid_(std::move(uid)) {}

    const std::string& nsp() const noexcept { return nsp_; }
    const std::string& uid() const noexcept { return uid_; }

    static int number_of(verb what) noexcept;
    /// The whole message: JSON, or MessagePack where there is binary.
    std::string write(const outgoing_message& message) const;
    /// The whole message in MessagePack.
    std::string write_packed(const outgoing_message& message) const;
    /// The data alone: JSON, or MessagePack where there is binary and it may be.
    std::string write_data(const outgoing_message& message, binary_form binaries) const;

    /// False when it is no message of another node to this namespace. Whether the node is another is for the
    /// caller to see.
    bool read(const item& from, node_message& to) const;
    /// The same for data whose number, uid and namespace stood elsewhere.
    static bool read_data(std::int64_t number, const item& data, node_message& to);

  private:
    void write_all(writer& to, const outgoing_message& message) const;

    std::string nsp_;
    std::string uid_;
};

}  // namespace kedge::cluster
