#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/cluster/redis/stream_id.hpp>

namespace kedge::cluster {

/// An entry of the stream of a fleet. Lies in what was read.
struct stream_entry {
    stream_id id{};
    std::string_view uid{};
    std::string_view nsp{};
    std::string_view type{};
    std::string_view data{};
    std::string_view ticket{};  ///< what the sender knows its own by
};
/// Reads `[id, [name, value, …]]`; nothing when it is none.
std::optional<stream_entry> read_entry(resp_value from);

/// Reads a stream from where it ends when there is first a connection, entry by entry, over a link of its
/// own. After a loss of the connection it reads on where it was.
class stream_reader final : public link_user {
  public:
    struct settings {
        std::size_t count = 100;             ///< entries that are read at once
        engine::duration block{5000};        ///< how long Redis waits for more
        engine::duration after_error{1000};  ///< until it is asked again
    };
    /// Who listens to the entries of one namespace.
    struct listener {
        std::function<void(const stream_entry&)> on_entry{};
        /// All up to this was read, of whatever namespace.
        std::function<void(stream_id)> on_position{};
    };
    using trouble_hook = std::function<void(std::string_view what, std::string_view why)>;

    stream_reader(engine::loop& home, std::string name, settings how, trouble_hook on_trouble);
    void use(redis_link& which) noexcept { link_ = &which; }
    /// Tells of an error that Redis answered with: true when another server will be asked, over a new
    /// connection.
    void when_refused(std::function<bool(std::string_view error)> hook) { refused_ = std::move(hook); }
    /// Whether the server is to be told that it is asked though it does not own the stream yet.
    void ask_early(bool whether) noexcept { early_ = whether; }

    void listen(const std::string& nsp, listener who);
    void end_listening(const std::string& nsp);
    bool heard_by_nobody() const noexcept { return listeners_.empty(); }
    /// Up to where it has read; nothing before it has found the end.
    const std::optional<stream_id>& position() const noexcept { return position_; }
    const std::string& name() const noexcept { return name_; }

    // link_user
    void on_ready() override;
    void on_down() override;
    void on_trouble(std::string_view what, std::string_view why) override { trouble_(what, why); }

  private:
    void send(const std::string& command, redis_link::answer on_answer);
    void find_end();
    void check_gap();
    void poll();
    void poll_later(std::string_view why);
    void on_polled(resp_value reply);
    void on_time(engine::time_point now);
    void tell_position();

    engine::loop& home_;
    std::string name_;
    settings how_;
    trouble_hook trouble_;
    std::function<bool(std::string_view)> refused_;
    bool early_ = false;
    redis_link* link_ = nullptr;
    std::map<std::string, listener, std::less<>> listeners_;
    std::optional<stream_id> position_;
    engine::timer again_;
};

}  // namespace kedge::cluster
