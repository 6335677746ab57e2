#include <kedge/transports/syntax/http_parser.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/syntax/http_progress.hpp>
#include <kedge/transports/syntax/plain_head.hpp>
#include <kedge/transports/syntax/request_line.hpp>

namespace kedge::transports {

namespace {

engine::request request_of(const request_line& line, std::span<const engine::header_field> fields,
                           const engine::origin& from, bool upgrade) {
    return {line.method, line.target, line.minor_version, fields, from, upgrade};
}

}  // namespace

http_parser::http_parser(std::uint32_t header_limit) noexcept : header_limit_(header_limit) {}
http_parser::http_parser(http_parser&&) noexcept = default;
http_parser& http_parser::operator=(http_parser&&) noexcept = default;
http_parser::~http_parser() = default;

void http_parser::leave() noexcept {
    http_progress::end(std::move(progress_));
}

bool http_parser::idle() const noexcept {
    return !progress_ && !refused_;
}

bool http_parser::in_head() const noexcept {
    return progress_ && progress_->where == http_progress::stage::head;
}

std::size_t http_parser::held() const noexcept {
    return in_head() ? progress_->head.capacity() : 0;
}

http_step http_parser::feed(std::span<char> bytes, const engine::origin& from) {
    if (refused_) return {http_step::kind::need_more, bytes.size()};
    if (!progress_) return begin(bytes, from);
    switch (progress_->where) {
        case http_progress::stage::head:
            return feed_head(bytes, from);
        case http_progress::stage::length:
            return feed_length(bytes);
        case http_progress::stage::chunked:
            return feed_chunked(bytes);
        case http_progress::stage::ended:
            break;
    }
    return finish(0);
}

/// Empty lines before a request are skipped: some clients send one behind a body.
http_step http_parser::begin(std::span<char> bytes, const engine::origin& from) {
    std::size_t skipped = 0;
    while (bytes.size() - skipped >= 2 && bytes[skipped] == '\r' && bytes[skipped + 1] == '\n') skipped += 2;
    if (skipped == bytes.size()) return {http_step::kind::need_more, skipped};

    progress_ = http_progress::begin();
    const std::span<char> rest = bytes.subspan(skipped);
    std::optional<http_step> step = take_plain_head(rest, from);
    if (!step) {
        progress_->begin_llhttp();
        step = feed_head(rest, from);
    }
    step->consumed += skipped;
    return *std::move(step);
}

/// Reads a head that nearly all clients could have sent and that came in one piece. What is not like that, or
/// is to be refused, is left to llhttp.
std::optional<http_step> http_parser::take_plain_head(std::span<char> bytes, const engine::origin& from) {
    const std::string_view allowed(bytes.data(), std::min<std::size_t>(bytes.size(), header_limit_));
    auto& fields = progress_->fields;
    const std::optional<plain_head> head = read_plain_head(allowed, fields);
    if (!head) return std::nullopt;
    const request_framing rest = judge_framing(head->line, fields, head->upgrade);
    if (rest.refusal != 0) return std::nullopt;
    return announce({.request = request_of(head->line, fields, from, head->upgrade),
                     .raw = engine::passing_text(allowed.substr(0, head->size)),
                     .keep_alive = true},
                    rest, head->size);
}

http_step http_parser::feed_head(std::span<char> bytes, const engine::origin& from) {
    http_progress& now = *progress_;
    const std::size_t size = std::min(bytes.size(), header_limit_ - now.head.size());
    const llhttp_errno_t outcome = llhttp_execute(&now.parser, bytes.data(), size);
    if (outcome == HPE_PAUSED) {
        const auto taken = static_cast<std::size_t>(llhttp_get_error_pos(&now.parser) - bytes.data());
        if (now.head.empty()) return finish_head({bytes.data(), taken}, taken, from);
        now.head.append(bytes.data(), taken);
        return finish_head(now.head, taken, from);
    }
    if (outcome != HPE_OK) return refuse(400, llhttp_errno_name(outcome), bytes.size());

    now.head.append(bytes.data(), size);
    if (now.head.size() >= header_limit_) return refuse(431, "the head is too large", bytes.size());
    http_step step;
    step.consumed = size;
    return step;
}

/// llhttp has accepted the head. What it is too kind to is refused here.
http_step http_parser::finish_head(std::string_view head, std::size_t consumed, const engine::origin& from) {
    std::string_view lines = head;
    while (lines.starts_with("\r\n")) lines.remove_prefix(2);
    if (!lines_end_well(lines) || !lines.ends_with("\r\n\r\n"))
        return refuse(400, "a line does not end in CR LF", consumed);

    const auto first_end = lines.find("\r\n");
    const auto line = read_request_line(lines.substr(0, first_end));
    if (!line) return refuse(400, "not a request line of HTTP/1.0 or 1.1", consumed);
    auto& fields = progress_->fields;
    if (!read_header_lines(lines.substr(first_end + 2), fields))
        return refuse(400, "a folded or malformed header", consumed);

    const llhttp_t& seen = progress_->parser;
    const bool upgrade = seen.upgrade != 0;
    const request_framing rest = judge_framing(*line, fields, upgrade);
    if (rest.refusal != 0) return refuse(rest.refusal, rest.reason, consumed);
    if (((seen.flags & F_CHUNKED) != 0) != (rest.framing == body_framing::chunked))
        return refuse(400, "transfer coding", consumed);
    return announce({.request = request_of(*line, fields, from, upgrade),
                     .raw = engine::passing_text(head),
                     .keep_alive = llhttp_should_keep_alive(&seen) != 0},
                    rest, consumed);
}

http_step http_parser::announce(request_head told, const request_framing& rest, std::size_t consumed) {
    told.framing = rest.framing;
    told.content_length = rest.length;
    told.expect_continue = rest.expect_continue;
    expect_body(rest.framing, rest.length);
    http_step step;
    step.what = http_step::kind::head;
    step.consumed = consumed;
    step.head.emplace(std::move(told));
    return step;
}

void http_parser::expect_body(body_framing framing, std::uint64_t length) noexcept {
    http_progress& now = *progress_;
    now.remaining = length;
    switch (framing) {
        case body_framing::none:
            now.where = http_progress::stage::ended;
            break;
        case body_framing::length:
            now.where = http_progress::stage::length;
            break;
        case body_framing::chunked:
            now.where = http_progress::stage::chunked;
            llhttp_resume(&now.parser);
            break;
    }
}

http_step http_parser::feed_length(std::span<char> bytes) {
    http_progress& now = *progress_;
    http_step step;
    if (now.remaining == 0) return finish(0);
    if (bytes.empty()) return step;
    step.what = http_step::kind::body;
    step.consumed = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), now.remaining));
    step.body = bytes.first(step.consumed);
    now.remaining -= step.consumed;
    return step;
}

/// Goes to the end of a chunk, of the message, or of the bytes.
http_step http_parser::feed_chunked(std::span<char> bytes) {
    http_progress& now = *progress_;
    now.piece = {};
    const llhttp_errno_t outcome = llhttp_execute(&now.parser, bytes.data(), bytes.size());
    if (outcome != HPE_OK && outcome != HPE_PAUSED)
        return refuse(400, llhttp_errno_name(outcome), bytes.size());

    http_step step;
    step.consumed = bytes.size();
    if (outcome == HPE_PAUSED) {
        step.consumed = static_cast<std::size_t>(llhttp_get_error_pos(&now.parser) - bytes.data());
        llhttp_resume(&now.parser);
    }
    if (const int fault = check_chunk_framing(std::string_view(bytes.data(), step.consumed)); fault != 0)
        return refuse(fault, "malformed or too much framing around a chunk", bytes.size());
    if (now.parser.flags & F_CONTENT_LENGTH) return refuse(400, "Content-Length in a trailer", bytes.size());
    if (now.message_complete) return finish(step.consumed);
    if (now.piece.empty()) return step;
    step.what = http_step::kind::body;
    step.body = bytes.subspan(static_cast<std::size_t>(now.piece.data() - bytes.data()), now.piece.size());
    return step;
}

/// Looks at what llhttp took beside the piece of body: 0, or the status to refuse it with.
int http_parser::check_chunk_framing(std::string_view taken) noexcept {
    http_progress& now = *progress_;
    std::string_view before = taken;
    std::string_view after;
    if (!now.piece.empty()) {
        before = taken.substr(0, static_cast<std::size_t>(now.piece.data() - taken.data()));
        after = taken.substr(before.size() + now.piece.size());
    }
    if (!now.well_ended(before) || !now.well_ended(after)) return 400;
    now.overhead += before.size();
    if (now.overhead > header_limit_) return 431;
    if (!now.piece.empty()) now.overhead = after.size();
    return 0;
}

http_step http_parser::finish(std::size_t consumed) {
    http_progress::end(std::move(progress_));
    return {http_step::kind::complete, consumed};
}

http_step http_parser::refuse(int status, std::string_view reason, std::size_t consumed) {
    http_progress::end(std::move(progress_));
    refused_ = true;
    http_step step;
    step.what = http_step::kind::refused;
    step.consumed = consumed;
    step.status = status;
    step.reason = reason;
    return step;
}

}  // namespace kedge::transports
