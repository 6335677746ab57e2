#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <kedge/transports/syntax/response_reader.hpp>

using namespace kedge::transports;
using kind = response_reader::step::kind;

namespace {

/// Where the answer ends when it comes in pieces of this size; all of it when it does not end.
std::size_t end_of(std::string_view bytes, std::size_t piece, asked_by what) {
    response_reader reader(what);
    std::size_t used = 0;
    while (used < bytes.size()) {
        const auto got = reader.feed(bytes.substr(used, piece));
        if (got.used > bytes.size() - used) std::abort();
        used += got.used;
        if (got.what == kind::failed) return bytes.size() + 1;
        if (got.what == kind::complete) return used;
        if (got.used == 0 && got.what != kind::interim) std::abort();
    }
    reader.complete_at_end();
    return bytes.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const asked_by what : {asked_by::other, asked_by::head})
        if (end_of(bytes, size, what) != end_of(bytes, 1, what)) std::abort();
    return 0;
}
