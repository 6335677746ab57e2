#include <strings.h>
#include <bench/load/http_answer.hpp>
#include <cstdlib>

namespace bench {
namespace {

constexpr std::string_view length_field = "\r\ncontent-length:";

}  // namespace

std::size_t content_length(std::string_view head) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        if (head.size() - at > length_field.size() &&
            strncasecmp(head.data() + at, length_field.data(), length_field.size()) == 0) {
            return std::strtoul(head.data() + at + length_field.size(), nullptr, 10);
        }
    }
    return 0;
}

std::size_t http_answer::size(std::string_view bytes, std::size_t& head) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    head = end + 4;
    const auto all = head + content_length(bytes.substr(0, end));
    return bytes.size() < all ? 0 : all;
}

}  // namespace bench
