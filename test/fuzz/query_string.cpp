#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <kedge/engine/request.hpp>
#include <kedge/engine/utf8.hpp>

// Whatever a target's query holds, its items are valid text and agree with the look-up by key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string target = "/engine.io/?" + std::string(reinterpret_cast<const char*>(data), size);
    const kedge::engine::request head("GET", target, 1, {}, {}, false);
    for (const auto& [key, value] : head.query_items()) {
        if (!kedge::engine::valid_utf8(key) || !kedge::engine::valid_utf8(value)) std::abort();
        if (head.query(key) != value) std::abort();
    }
    return 0;
}
