#include <kedge/sockjs/http_receiver.hpp>

#include <memory>
#include <utility>

#include <kedge/sockjs/answers.hpp>
#include <kedge/sockjs/session.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>

namespace kedge::sockjs {

using transports::connection;

void http_receiver::begin(connection& at, session& of, terms how) {
    auto made = std::make_unique<http_receiver>(at, of, std::move(how));
    http_receiver& one = *made;
    at.home().admit(std::move(made));
    one.start();
    of.attach(one);
}

http_receiver::http_receiver(connection& at, session& of, terms how)
    : home_(at.home()), at_(&at), of_(of), how_(std::move(how)) {}

void http_receiver::start() {
    if (how_.limit == 0) return at_->await(*this);
    at_->headers().set("X-Accel-Buffering", "no");
    if (at_->begin_stream(200, *this)) at_->write_piece(prelude(how_.how, how_.callback));
}

bool http_receiver::send(std::string_view frame) {
    if (!at_) return false;
    std::string wrapped;
    append_wrapped(wrapped, how_.how, frame, how_.callback);
    if (how_.limit != 0) return stream(wrapped);
    std::exchange(at_, nullptr)->answer(200, wrapped);
    return false;
}

bool http_receiver::stream(std::string_view wrapped) {
    sent_ += wrapped.size();
    if (!at_->write_piece(wrapped)) {
        lost();  // the client takes nothing: what was written is nowhere
        return true;
    }
    return sent_ < how_.limit;
}

void http_receiver::end() {
    connection* const open = std::exchange(at_, nullptr);
    if (open && how_.limit != 0) open->end_stream();
    if (open && how_.limit == 0) open->cut();  // nothing was said to a poll: its session went
    home_.dismiss(*this);
}

void http_receiver::on_gone(connection&) {
    lost();
}

void http_receiver::lost() {
    at_ = nullptr;
    of_.lose(*this);
    home_.dismiss(*this);
}

}  // namespace kedge::sockjs
