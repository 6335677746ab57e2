#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <kedge/transports/net/proxy_protocol.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using verdict = kedge::transports::proxy_header::verdict;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto header = kedge::transports::read_proxy_header(bytes);
    if (header.status == verdict::complete && header.size > size) std::abort();
    if (header.status == verdict::incomplete && size > 536) std::abort();
    return 0;
}
