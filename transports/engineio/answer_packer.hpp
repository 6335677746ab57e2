#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/engine/loop.hpp>
#include <kedge/transports/loop/turn_budget.hpp>
#include <kedge/transports/syntax/content_coding.hpp>

namespace kedge::transports {

/// Compresses the answers of polls: a body that many poll for, such as that of a broadcast, once in a turn,
/// and no more in a turn than its budget allows. Belongs to one worker.
class answer_packer final : private engine::turn_work {
  public:
    answer_packer(engine::loop& home, turn_budget& budget) noexcept : home_(home), budget_(budget) {}
    ~answer_packer() { home_.forget(*this); }
    answer_packer(const answer_packer&) = delete;
    answer_packer& operator=(const answer_packer&) = delete;

    /// The compressed body, good until the next call; empty when the turn has done enough, the body is too
    /// large to be compressed in one go, or zlib could not: then it is sent as it is.
    std::string_view pack(content_coding coding, std::string_view body, const compression_options& how,
                          std::uint64_t turn);

  private:
    struct packed {
        content_coding coding = content_coding::identity;
        std::string body;
        std::string result;
    };
    void end_turn() override { kept_ = {}; }

    engine::loop& home_;
    turn_budget& budget_;
    std::array<packed, 4> kept_;  // of this turn, the latest first replaced
    std::size_t next_ = 0;
};

}  // namespace kedge::transports
