#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/socketio/core/client_link.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/socket_handlers.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/packet.hpp>

namespace kedge {

class desk;
class join;
class continuation;

/// A client as its joins know it.
class join_owner : public socket_owner {
  public:
    virtual hub& owner() const noexcept = 0;
    virtual const std::shared_ptr<hub>& keep_owner() const noexcept = 0;
    virtual desk& home() const noexcept = 0;
    virtual const std::shared_ptr<client_link>& link() const noexcept = 0;
    /// The join has come to its end. It must be kept alive by the caller.
    virtual void on_joined(join& which, std::shared_ptr<socket_state> socket) = 0;
    virtual void on_refused(join& which, const connect_error& why) = 0;
    virtual void on_unknown(join& which) = 0;

  protected:
    ~join_owner() = default;
};

/// A client on its way into a namespace: looks the namespace up (asking parents for one that is made on
/// demand), gives back a stored session, runs the middlewares one by one, each of which may answer later.
/// Packets for the namespace are held meanwhile.
class join final : public std::enable_shared_from_this<join> {
  public:
    join(join_owner& who, std::string nsp, value auth, kept_bytes kept);
    ~join();

    const std::string& nsp() const noexcept { return nsp_name_; }
    /// Does nothing when it was started before.
    void start();
    /// The client has left, asks anew, or is gone: nothing more is heard of this.
    void cancel();

    /// The server goes, without a word to anybody.
    void forget();

    /// Keeps a packet, which takes so many bytes then, until the join is decided. False when there are too
    /// many.
    bool hold(const packet& received, std::size_t size);
    /// Gives the packets that were held to the socket, in order.
    void release(const std::shared_ptr<socket_state>& to);

  private:
    struct held_packet {
        packet_type type;
        std::optional<std::uint64_t> id;
        kedge::event event;
        std::size_t size;
        kept_bytes kept;
    };

    bool cancelled() const noexcept { return who_ == nullptr; }
    void ask_parent();
    void found(std::shared_ptr<nsp_state> nsp);
    void recover();
    void make_socket(socket_state::origin from);
    void make_fresh();
    void make_recovered(stored_session stored);
    void run_middlewares();
    void run_middleware();
    void refuse(const connect_error& why);
    void finish();
    void send_missed();
    void enter();
    std::shared_ptr<continuation> then(engine::unique_function<void(std::optional<connect_error>)> step);
    void drop();

    join_owner* who_;
    std::string nsp_name_;
    value auth_;
    kept_bytes kept_;  // auth_
    std::shared_ptr<nsp_state> nsp_;
    std::shared_ptr<socket_state> socket_;
    std::optional<stored_session> returning_;  // what the socket had
    std::vector<hub::parent> parents_;
    std::shared_ptr<const shared_list<nsp_middleware>> middlewares_;
    bool started_ = false;
    std::size_t next_ = 0;  // of the parents, then of the middlewares
    std::vector<held_packet> held_;
    std::size_t held_bytes_ = 0;
};

}  // namespace kedge
