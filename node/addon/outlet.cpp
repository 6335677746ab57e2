#include <kedge/node/addon/outlet.hpp>

namespace kedge::node {

outlet::outlet(javascript& above, napi_value websocket) : above_(above), websocket_(above.keep(websocket)) {}

outlet::~outlet() {
    above_.forget(websocket_);
}

bool outlet::write(std::string bytes) {
    return above_.hand_out(websocket_, bytes);
}

void outlet::end() noexcept {
    above_.tell_finished(websocket_);
}

}  // namespace kedge::node
