#include <kedge/sockjs/message_request.hpp>

#include <memory>
#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>

namespace kedge::sockjs {

using transports::connection;

void message_request::begin(connection& at, std::size_t limit, receive done) {
    if (at.framing() == transports::body_framing::length && at.content_length() > limit) {
        at.close_after_answer();
        return at.answer(413);
    }
    auto made = std::make_unique<message_request>(at.home(), limit, std::move(done));
    message_request& one = *made;
    at.home().admit(std::move(made));
    at.read_body(one);
}

message_request::message_request(transports::http_share& home, std::size_t limit, receive done)
    : home_(home), limit_(limit), done_(std::move(done)) {}

void message_request::on_body(connection& from, std::string_view bytes) {
    if (body_.size() + bytes.size() <= limit_) {
        body_ += bytes;
        return;
    }
    from.close_after_answer();
    from.answer(413);
    home_.dismiss(*this);
}

void message_request::on_body_end(connection& from) {
    done_(from, std::move(body_));
    home_.dismiss(*this);
}

void message_request::on_gone(connection&) {
    home_.dismiss(*this);
}

}  // namespace kedge::sockjs
