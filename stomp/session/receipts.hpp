#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kedge::stomp {

/// The receipts that a client waits for, in the order of their frames. What a frame asks of other workers is
/// an errand; a receipt waits for all errands of its frame and of those before.
class receipts {
  public:
    /// Begins an errand for a frame, which asks for this receipt or for none.
    std::uint64_t begin(std::string_view receipt) {
        under_way_.emplace(++last_, receipt);
        return last_;
    }
    /// Ends an errand: the receipt that its frame asks for. Nothing when there is no such errand.
    std::optional<std::string> end(std::uint64_t errand) {
        const auto found = under_way_.find(errand);
        if (found == under_way_.end()) return std::nullopt;
        std::string receipt = std::move(found->second);
        under_way_.erase(found);
        return receipt;
    }
    /// A receipt for a frame that was performed.
    void add(std::string_view receipt) { waiting_.push_back({last_, std::string(receipt)}); }
    /// The next receipt that may be given now.
    std::optional<std::string> next() {
        if (waiting_.empty()) return std::nullopt;
        if (!under_way_.empty() && under_way_.begin()->first <= waiting_.front().behind) return std::nullopt;
        std::string receipt = std::move(waiting_.front().id);
        waiting_.pop_front();
        return receipt;
    }

  private:
    struct held {
        std::uint64_t behind;  // the last errand that it waits for
        std::string id;
    };

    std::uint64_t last_ = 0;
    std::map<std::uint64_t, std::string> under_way_;
    std::deque<held> waiting_;
};

}  // namespace kedge::stomp
