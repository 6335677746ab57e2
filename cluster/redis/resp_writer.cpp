#include <kedge/cluster/redis/resp_writer.hpp>

#include <charconv>
#include <cstddef>

namespace kedge::cluster {

namespace {

void append_count(std::string& out, char type, std::size_t count) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, count).ptr;
    out += type;
    out.append(digits, end);
    out += "\r\n";
}

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words) {
    append_count(out, '*', words.size());
    for (const std::string_view word : words) {
        append_count(out, '$', word.size());
        out += word;
        out += "\r\n";
    }
}

}  // namespace kedge::cluster
