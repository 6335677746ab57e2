#include <kedge/transports/engineio/intake.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <kedge/engine/utf8.hpp>
#include <kedge/transports/engineio/engine_share.hpp>
#include <kedge/transports/engineio/jsonp.hpp>
#include <kedge/transports/http/connection.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t small_body = 1024;      // has no packet beyond its share
constexpr std::size_t cost_of_a_packet = 64;  // in bytes that cost as much
constexpr std::size_t share = small_body * (cost_of_a_packet + 1);
// POSTs of the largest size that one worker keeps though their connections are gone: no connection bounds how
// many there are.
constexpr std::size_t orphans = 16;

bool is_binary(const connection& post) {
    return post.request()->find("content-type") == "application/octet-stream";
}

std::string& with_spare_byte(std::string& body) {
    body.push_back('\0');
    return body;
}

}  // namespace

/// The packets of one POST.
struct intake::batch {
    batch(engine::payload_codec& codec, std::string posted, engine::payload_format format,
          engine::request_ptr head)
        : body(std::move(posted)),
          reader(codec, {with_spare_byte(body).data(), body.size() - 1}, format),
          via(std::move(head)) {}
    ~batch() {
        if (orphaned_bytes) *orphaned_bytes -= counted;
    }
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;

    /// Its connection is gone. False when too many wait for whom nobody waits.
    bool orphan(std::size_t& bytes, std::size_t most) noexcept {
        if (bytes + body.capacity() > most) return false;
        counted = body.capacity();
        bytes += counted;
        orphaned_bytes = &bytes;
        return true;
    }

    std::string body;
    engine::payload_reader reader;
    engine::request_ptr via;
    std::size_t share_left = share;
    std::size_t last_cost = 0;  // of the packet before
    std::size_t* orphaned_bytes = nullptr;
    std::size_t counted = 0;  // among them
};

intake::intake(engine_share& home, engine::payload_codec& codec, bool scripted, taker& who) noexcept
    : home_(home), codec_(codec), who_(who), scripted_(scripted) {}

intake::~intake() {
    if (waits_) home_.home().drop_carried(*this);
    if (post_) post_->abandon();
}

// ---- a body arrives

void intake::admit(connection& post) {
    if (post_ || receiving_) {
        who_.on_post_error("data request overlap from client");
        return post.answer(400);
    }
    if (is_binary(post) && codec_.revision() == engine::revision::v4) {
        who_.on_post_error("invalid content");
        return post.answer(400);
    }
    if (post.framing() == body_framing::length &&
        post.content_length() > home_.options().engine.max_http_buffer_size)
        return too_large(post);
    post_ = &post;
    body_ = home_.http().borrow_text();
    post.read_body(*this);
}

void intake::too_large(connection& from) {
    if (post_ == &from) post_ = nullptr;
    std::string().swap(body_);
    from.close_after_answer();
    from.answer(413);
}

void intake::on_body(connection& from, std::string_view bytes) {
    if (body_.size() + bytes.size() > home_.options().engine.max_http_buffer_size) return too_large(from);
    body_.append(bytes);
}

void intake::on_body_end(connection& from) {
    const auto format = is_binary(from) ? engine::payload_format::binary : engine::payload_format::text;
    std::string body = std::exchange(body_, {});
    if (!unwrap(body, format)) return answer();
    if (body.size() > small_body) {
        rest_ = std::make_unique<batch>(codec_, std::move(body), format, from.request());
        return go_on();
    }
    batch packets(codec_, std::move(body), format, from.request());
    take(packets);
    finish(packets);
}

void intake::on_gone(connection&) {
    post_ = nullptr;
    if (receiving_) {  // it came whole
        const std::size_t most = orphans * home_.options().engine.max_http_buffer_size;
        if (!waits_ || rest_->orphan(home_.orphaned(), most)) return;
        drop();
    }
    std::string().swap(body_);
    who_.on_post_error("data request connection closed prematurely");
}

/// Takes the wrapping of scripts away, and makes it UTF-8. False when it is not of a script.
bool intake::unwrap(std::string& body, engine::payload_format format) const {
    if (format == engine::payload_format::binary) return true;
    if (scripted_) {
        std::optional<std::string> payload = decode_jsonp_body(body);
        if (!payload) return false;
        body = std::move(*payload);
    } else if (!engine::valid_utf8(body)) {
        body = engine::repair_utf8(body);
    }
    return true;
}

// ---- its packets are taken

void intake::on_ready(ready) {
    waits_ = false;
    go_on();
}

void intake::go_on() {
    if (!take(*rest_)) {
        waits_ = home_.home().within_memory([this] { home_.home().carry(*this); });
        if (waits_) return;
        receiving_ = false;
        who_.on_post_lost();
    }
    const std::unique_ptr<batch> taken = std::move(rest_);
    finish(*taken);
}

/// Of its own share, or of what all POSTs have in common in this turn. False when the rest has to wait.
bool intake::take(batch& packets) {
    receiving_ = true;
    do {
        const std::size_t cost = std::exchange(packets.last_cost, 0);
        if (packets.share_left == 0 && !home_.posts().take(home_.home().turn(), cost)) return false;
        packets.share_left -= std::min(packets.share_left, cost);
    } while (take_one(packets));
    receiving_ = false;
    return true;
}

bool intake::take_one(batch& packets) {
    engine::packet received;
    switch (packets.reader.next(received)) {
        case engine::payload_reader::step::end:
            return false;
        case engine::payload_reader::step::garbage:
            who_.on_garbage();
            return false;
        case engine::payload_reader::step::nothing:
            packets.last_cost = cost_of_a_packet;
            return true;
        case engine::payload_reader::step::packet:
            break;
    }
    packets.last_cost = received.data.size() + cost_of_a_packet;
    return who_.take(received, *packets.via);
}

void intake::finish(batch& taken) {
    home_.http().give_back(std::move(taken.body));
    if (post_) answer();
}

void intake::answer() {
    connection& post = *std::exchange(post_, nullptr);
    try {
        who_.answer_post(post);
    } catch (...) {  // what cannot be answered for want of memory must not wait for ever
        post.cut();
        throw;
    }
}

// ---- the end

void intake::drop() {
    if (receiving_ && !waits_) return;  // it is said while a packet is taken
    if (!receiving_) return cut();
    home_.home().drop_carried(*this);
    receiving_ = waits_ = false;
    rest_.reset();
    if (post_) answer();
}

void intake::cut() noexcept {
    if (receiving_ && !waits_) return;
    if (post_) std::exchange(post_, nullptr)->cut();
}

}  // namespace kedge::transports
