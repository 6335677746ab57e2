#include <kedge/cluster/redis/resp_value.hpp>

#include <charconv>

namespace kedge::cluster {

std::int64_t resp_value::integer() const noexcept {
    if (kind() == resp_kind::integer || kind() == resp_kind::boolean) return node_->integer;
    std::int64_t read = 0;
    const std::string_view digits = text();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
    return error == std::errc() && end == digits.data() + digits.size() ? read : 0;
}

resp_value resp_value::operator[](std::size_t index) const noexcept {
    if (index >= size()) return {};
    const resp_node* at = node_ + 1;
    for (; index > 0; --index) at += at->extent;
    return {at, bytes_};
}

}  // namespace kedge::cluster
