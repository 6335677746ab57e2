#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include <kedge/engine/loop.hpp>
#include <kedge/socketio/events/reply.hpp>

namespace kedge {

/// Who is told that an answer did not come in time.
class ack_table_owner {
  public:
    virtual void on_expired(reply_handler waiting) = 0;

  protected:
    ~ack_table_owner() = default;
};

/// What one socket has asked its client and was not answered yet.
class ack_table {
  public:
    /// `total` counts what waits in all tables of a client.
    ack_table(engine::loop& home, ack_table_owner& owner, std::size_t& total) noexcept
        : home_(home), owner_(owner), total_(total) {}
    ~ack_table() { clear(); }
    ack_table(const ack_table&) = delete;
    ack_table& operator=(const ack_table&) = delete;

    void add(std::uint64_t id, reply_handler waiting, std::optional<engine::duration> timeout);
    /// Takes out who waits for the answer of that number; empty when nobody does.
    reply_handler take(std::uint64_t id);
    /// Takes out all.
    std::vector<reply_handler> clear();
    std::size_t size() const noexcept { return pending_.size(); }

  private:
    struct pending {
        pending(ack_table& table, std::uint64_t number, reply_handler handler)
            : in(table),
              id(number),
              waiting(std::move(handler)),
              deadline(engine::timer::calls<&pending::expire, pending>(), this) {}
        void expire(engine::time_point now);

        ack_table& in;
        std::uint64_t id;
        reply_handler waiting;
        engine::timer deadline;
    };

    engine::loop& home_;
    ack_table_owner& owner_;
    std::size_t& total_;
    std::unordered_map<std::uint64_t, pending> pending_;
};

}  // namespace kedge
