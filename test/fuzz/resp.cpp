// Replies of Redis, however they are cut: the same replies come out, or the same refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/resp_reader.hpp>

namespace {

constexpr kedge::cluster::resp_limits limits{.max_bytes = 4096, .max_items = 1000, .max_depth = 8};

/// Goes over all of a reply; the stack of the fuzzer is deep enough for max_depth.
std::size_t weigh(kedge::cluster::resp_value reply) {
    std::size_t sum = 1 + static_cast<std::size_t>(reply.kind()) + reply.text().size();
    for (const char c : reply.text()) sum = sum * 31 + static_cast<unsigned char>(c);
    sum += static_cast<std::size_t>(reply.integer());
    for (const auto each : reply) sum = sum * 7 + weigh(each);
    return sum;
}

struct verdict {
    bool sound = true;
    std::size_t sum = 0;
    bool operator==(const verdict&) const = default;
};

verdict read(std::string_view bytes, std::size_t step) {
    kedge::cluster::resp_reader reader(limits);
    verdict made;
    while (made.sound && !bytes.empty()) {
        const std::string piece(bytes.substr(0, step));
        bytes.remove_prefix(piece.size());
        made.sound = reader.feed(piece, [&](kedge::cluster::resp_value reply) {
            made.sum = made.sum * 131 + weigh(reply);
            return true;
        });
    }
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const verdict whole = read(bytes, bytes.size() + 1);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}})
        if (read(bytes, step) != whole) std::abort();
    return 0;
}
