#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <kedge/server.hpp>
#include <string>
#include <string_view>

namespace bench {

/// A server in this process that does nothing by itself: it works while serve() runs, so that what it does
/// for a message is always the same.
class rig {
  public:
    explicit rig(kedge::server_options how);

    /// All that is ready; a counter of instructions counts what happens within.
    void serve();
    std::uint16_t port() const { return io_.port(); }

  private:
    boost::asio::io_context context_;
    kedge::server io_;
};

/// A client's connection to a rig.
class peer {
  public:
    explicit peer(rig& to);
    ~peer();
    peer(peer&& other) noexcept;
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    void send(std::string_view bytes);
    /// The next bytes of the server, which works until they are there.
    std::string take(std::size_t size);
    /// The same up to and with this text.
    std::string take_until(std::string_view end);
    /// The body of the next answer.
    std::string take_answer();

  private:
    void receive();

    rig* to_;
    int descriptor_;
    std::string came_;
};

}  // namespace bench
