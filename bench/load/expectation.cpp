#include <bench/load/expectation.hpp>
#include <cstring>

namespace bench {

// An answer's place in the stream tells what it must be, so one comparison checks all that arrived at once.
expectation::verdict expectation::check(std::string_view bytes, const workload& work, const framing& how) {
    const auto expected = work.incoming(number_, workload::period).substr(arrived_);
    if (!odd_.empty() || bytes.size() > expected.size() ||
        std::memcmp(bytes.data(), expected.data(), bytes.size()) != 0) {
        return check_items(bytes, work, how);
    }
    const auto whole = (arrived_ + bytes.size()) / work.incoming_size();
    arrived_ = (arrived_ + bytes.size()) % work.incoming_size();
    number_ += whole;
    return {true, whole, 0};
}

expectation::verdict expectation::check_items(std::string_view bytes, const workload& work,
                                              const framing& how) {
    verdict result;
    odd_.insert(0, work.incoming(number_, 1).substr(0, arrived_));
    odd_ += bytes;
    arrived_ = 0;
    std::string_view left = odd_;
    while (const auto size = how.item_size(left)) {
        const auto item = left.substr(0, size);
        if (item == work.incoming(number_, 1)) {
            ++number_;
            ++result.answers;
        } else if (how.packet(item) == "2") {
            ++result.pings;
        } else {
            return {false, result.answers, result.pings};
        }
        left.remove_prefix(size);
    }
    odd_ = std::string(left);
    return result;
}

}  // namespace bench
