#include <kedge/stomp/frames/frame.hpp>

#include <algorithm>

namespace kedge::stomp {

std::string_view text(version which) noexcept {
    switch (which) {
        case version::v1_0:
            return "1.0";
        case version::v1_1:
            return "1.1";
        case version::v1_2:
            break;
    }
    return "1.2";
}

const std::string* frame::find(std::string_view name) const noexcept {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const header& each) { return each.first == name; });
    return found == headers.end() ? nullptr : &found->second;
}

std::string_view frame::value(std::string_view name) const noexcept {
    const std::string* const found = find(name);
    return found ? std::string_view(*found) : std::string_view();
}

}  // namespace kedge::stomp
