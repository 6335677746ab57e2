#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/redis/resp_value.hpp>

namespace kedge::cluster {

/// What a reader takes from one reply.
struct resp_limits {
    std::size_t max_bytes = std::size_t{512} << 20;  ///< as long as the longest string of Redis
    std::size_t max_items = std::size_t{1} << 20;    ///< of all lists of a reply together
    std::size_t max_depth = 16;
};

/// Reads replies of RESP2 and RESP3 out of a stream of bytes, however they are cut. Whole replies are read
/// where they lie; only one that is cut is copied, once, and reading goes on where it stopped. Does not
/// recurse.
class resp_reader {
  public:
    explicit resp_reader(resp_limits limits = {}) : limits_(limits) {}

    /// Calls `visit(resp_value) -> bool` for each reply that is complete now; when it says false the rest is
    /// dropped. False when the bytes are no RESP: then nothing can be read from this stream any more.
    /// `visit` must not call the reader.
    template <class Visit>
    bool feed(std::string_view bytes, Visit&& visit) {
        if (!held_.empty()) bytes = held_ += bytes;
        const bool holding = bytes.data() == held_.data();
        if (!consume(bytes, visit)) return false;
        if (holding)
            drop_held(held_.size() - bytes.size());
        else
            held_.assign(bytes);
        return true;
    }

    /// Forgets what came; for a new connection.
    void reset() noexcept;
    /// Bytes kept of a reply that is incomplete.
    std::size_t held() const noexcept { return held_.size(); }

  private:
    enum class outcome : std::uint8_t { complete, incomplete, invalid };
    struct open_list {
        std::size_t node;
        std::size_t left;
    };

    /// Takes the complete replies from the front of `bytes`.
    template <class Visit>
    bool consume(std::string_view& bytes, Visit& visit) {
        while (!bytes.empty()) {
            const outcome found = read(bytes);
            if (found != outcome::complete) return found == outcome::incomplete;
            const bool go_on = visit(resp_value(nodes_.data(), bytes.data()));
            bytes.remove_prefix(go_on ? position_ : bytes.size());
            begin();
        }
        return true;
    }

    outcome read(std::string_view bytes);
    outcome read_node(std::string_view bytes);
    outcome read_line(std::string_view bytes, std::string_view& line);
    outcome read_bulk(std::string_view bytes, std::string_view length, std::size_t from);
    outcome read_scalar(char type, std::string_view line);
    outcome open(resp_kind kind, std::string_view count);
    resp_node& put(resp_kind kind);
    void close_lists() noexcept;
    void begin() noexcept;
    void drop_held(std::size_t count) noexcept;

    resp_limits limits_;
    std::string held_;
    std::vector<resp_node> nodes_;
    std::vector<open_list> open_;
    std::size_t position_ = 0;  // how much of the reply is read
    std::size_t scanned_ = 0;   // how far the end of the line under way was looked for
    std::size_t items_ = 0;
};

}  // namespace kedge::cluster
