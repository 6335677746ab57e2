#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/transports/syntax/http_parser.hpp>

using namespace kedge::transports;

namespace {

constexpr std::size_t enough_steps = 1u << 20;

void tell_head(std::string& to, const request_head& head) {
    const auto& asked = head.request;
    to.append("[").append(asked.method()).append(" ").append(asked.target());
    for (std::size_t i = 0; i < asked.header_count(); ++i)
        to.append("|").append(asked.header_at(i).name).append(":").append(asked.header_at(i).value);
    for (const auto fact : {static_cast<std::uint64_t>(head.framing), head.content_length,
                            static_cast<std::uint64_t>(asked.minor_version())})
        to.append("|").append(std::to_string(fact));
    to.append(head.keep_alive ? "|keep" : "|close").append(asked.upgrade() ? "|upgrade" : "");
    to.append(head.expect_continue ? "|expect]" : "]");
}

/// What the parser made of the input: heads and bodies of whole requests, and whether it refused what came
/// then.
std::string told(std::string_view input, std::size_t size) {
    http_parser parser;
    std::string bytes(input);
    std::string all;
    std::size_t at = 0;
    std::size_t whole = 0;  // the part of `all` that belongs to complete requests
    for (std::size_t steps = 0; steps < enough_steps; ++steps) {
        const std::size_t piece = std::min(size, bytes.size() - at);
        const http_step step = parser.feed({bytes.data() + at, piece}, {});
        if (step.consumed > piece) std::abort();
        at += step.consumed;
        switch (step.what) {
            case http_step::kind::need_more:
                if (step.consumed != piece) std::abort();
                if (at == bytes.size()) return all;
                break;
            case http_step::kind::head:
                tell_head(all, *step.head);
                break;
            case http_step::kind::body:
                if (step.body.empty()) std::abort();
                all.append(step.body.data(), step.body.size());
                break;
            case http_step::kind::complete:
                all.append("[complete]");
                whole = all.size();
                if (!parser.idle()) std::abort();
                break;
            case http_step::kind::refused:
                // a body is handed out until its fault is seen, which depends on the cut
                return all.substr(0, whole) + "[refused]";
        }
    }
    std::abort();  // it does not get on
}

}  // namespace

/// However a conversation is cut into pieces, it must mean the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t cut = data[0] == 0 ? 1 : data[0];
    if (told(input, input.size()) != told(input, cut)) std::abort();
    return 0;
}
