#include <kedge/transports/engineio/answer_packer.hpp>

#include <utility>

namespace kedge::transports {

namespace {

// From here on speed counts more than the last percents: at zlib's usual level this would take some
// milliseconds.
constexpr std::size_t large = 128 * 1024;
// Compressing cannot be interrupted: who lets megabytes wait and then polls must not make others wait for it.
constexpr std::size_t largest = 1024 * 1024;
constexpr int fast_level = 1;
constexpr int usual_level = -1;

}  // namespace

std::string_view answer_packer::pack(content_coding coding, std::string_view body,
                                     const compression_options& how, std::uint64_t turn) {
    for (const packed& each : kept_)
        if (each.coding == coding && each.body == body) return each.result;
    if (body.size() > largest || !budget_.take(turn, body.size())) return {};
    compression_options chosen = how;
    if (body.size() >= large && how.level == usual_level) chosen.level = fast_level;
    auto result = compress(coding, body, chosen);
    if (!result) return {};
    packed& made = kept_[std::exchange(next_, (next_ + 1) % kept_.size())];
    made = {coding, std::string(body), std::move(*result)};
    home_.at_end_of_turn(*this);
    return made.result;
}

}  // namespace kedge::transports
