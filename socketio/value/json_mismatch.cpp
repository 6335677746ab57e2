#include <kedge/socketio/value/json_mismatch.hpp>

namespace kedge {

// Not in the header: GCC 12 warns of such lines, wrongly, wherever they are inlined at -O3.

mismatch mismatch::within(std::string_view member) && {
    path.insert(0, ".").insert(1, member);
    return std::move(*this);
}

mismatch mismatch::within(std::size_t index) && {
    path.insert(0, '[' + std::to_string(index) + ']');
    return std::move(*this);
}

}  // namespace kedge
