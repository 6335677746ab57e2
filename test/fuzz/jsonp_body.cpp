#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/engine/utf8.hpp>
#include <kedge/transports/engineio/jsonp.hpp>

using namespace kedge::transports;

/// A payload is valid UTF-8 whatever the form holds, and its script is one line of printable text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view form(reinterpret_cast<const char*>(data), size);
    const auto payload = decode_jsonp_body(form);
    if (!payload) return 0;
    if (!kedge::engine::valid_utf8(*payload) || payload->size() > 3 * size) std::abort();

    std::string script;
    append_jsonp(script, jsonp_index(form), *payload);
    for (const char c : script)
        if (static_cast<unsigned char>(c) < 0x20) std::abort();
    if (script.find("\xE2\x80\xA8") != std::string::npos || script.find("\xE2\x80\xA9") != std::string::npos)
        std::abort();
    return 0;
}
