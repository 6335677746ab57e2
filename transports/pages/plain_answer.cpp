#include <kedge/transports/pages/plain_answer.hpp>

#include <utility>

namespace kedge::transports {

// What is answered to a HEAD the connection cuts down by itself.
bool refuse_writing(const exchange& asked) {
    const auto method = asked.request().method();
    if (method == "GET" || method == "HEAD") return false;
    header_list headers;
    headers.add("Allow", "GET, HEAD");
    asked.reply(405, std::move(headers));
    return true;
}

void reply_text(const exchange& asked, int status, std::string_view type, std::string text) {
    header_list headers;
    headers.add("Content-Type", type);
    headers.add("Cache-Control", "no-store");
    asked.reply(status, std::move(headers), std::move(text));
}

}  // namespace kedge::transports
