#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/engine/utf8.hpp>
#include <kedge/sockjs/frames.hpp>
#include <kedge/sockjs/payload.hpp>
#include <kedge/sockjs/target.hpp>

using namespace kedge::sockjs;

namespace {

// What was received, and is sent back, is received again as the same.
void round_trip(const payload& got) {
    if (got.messages.empty()) return;
    std::string frame;
    for (message_queue rest = got.messages; !rest.empty();) {
        const std::string each = rest.pop();
        if (!kedge::engine::valid_utf8(each)) std::abort();
        begin_message(frame);
        append_message(frame, each);
    }
    end_messages(frame);
    message_queue again = read_payload(frame.substr(1)).messages;
    if (again.size() != got.messages.size() || again.weight() != got.messages.weight()) std::abort();
    for (message_queue rest = got.messages; !rest.empty();)
        if (again.pop() != rest.pop()) std::abort();
    std::string script;
    append_wrapped(script, wrapping::script, frame);
    if (script.find("</", 9) != script.rfind("</script>")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const payload& got : {read_payload(text), read_message(text), read_payload(payload_of_form(text))}) {
        if (got.what == payload::outcome::read) round_trip(got);
    }
    if (const auto read = read_target(text, "/echo"); read && read->session.size() > size) std::abort();
    return 0;
}
