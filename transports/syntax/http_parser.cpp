#include <kedge/transports/syntax/http_parser.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <llhttp.h>

#include <kedge/transports/syntax/request_line.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t kept_capacity = 4096;
constexpr std::size_t kept_fields = 128;

int pause_parser(llhttp_t*) {
    return HPE_PAUSED;
}

}  // namespace

struct http_parser::progress {
    enum class stage : std::uint8_t { head, length, chunked, ended };

    progress();
    static std::unique_ptr<progress>& spare() noexcept;
    static std::unique_ptr<progress> begin();
    static void end(std::unique_ptr<progress> over) noexcept;
    void restart() noexcept;
    static int on_body(llhttp_t* parser, const char* at, std::size_t length);
    static int on_chunk_complete(llhttp_t* parser);
    static int on_message_complete(llhttp_t* parser);
    bool well_ended(std::string_view framing) noexcept;

    llhttp_t parser{};
    std::string head;  // when it comes in several pieces
    std::vector<engine::header_field> fields;
    std::string_view piece;       // of a chunked body
    std::uint64_t remaining = 0;  // of a body with a length
    std::size_t overhead = 0;     // bytes of chunk framing since the last byte of body
    char last = '\0';             // of chunk framing
    bool message_complete = false;
    stage where = stage::head;
};

namespace {

/// llhttp stops after the head, each chunk and the message, so that one step never tells of two things.
template <class Progress>
const llhttp_settings_t& settings() {
    static const llhttp_settings_t made = [] {
        llhttp_settings_t blank;
        llhttp_settings_init(&blank);
        blank.on_headers_complete = pause_parser;
        blank.on_body = Progress::on_body;
        blank.on_chunk_complete = Progress::on_chunk_complete;
        blank.on_message_complete = Progress::on_message_complete;
        return blank;
    }();
    return made;
}

}  // namespace

http_parser::progress::progress() {
    restart();
}

void http_parser::progress::restart() noexcept {
    llhttp_init(&parser, HTTP_REQUEST, &settings<progress>());
    parser.data = this;
    head.clear();
    remaining = 0;
    overhead = 0;
    last = '\0';
    message_complete = false;
    where = stage::head;
}

/// Requests of a thread mostly begin and end one by one: one of these serves them all.
std::unique_ptr<http_parser::progress>& http_parser::progress::spare() noexcept {
    thread_local std::unique_ptr<progress> kept;
    return kept;
}

std::unique_ptr<http_parser::progress> http_parser::progress::begin() {
    if (!spare()) return std::make_unique<progress>();
    spare()->restart();
    return std::move(spare());
}

void http_parser::progress::end(std::unique_ptr<progress> over) noexcept {
    if (!over || over->head.capacity() > kept_capacity || over->fields.capacity() > kept_fields) return;
    spare() = std::move(over);
}

int http_parser::progress::on_body(llhttp_t* parser, const char* at, std::size_t length) {
    static_cast<progress*>(parser->data)->piece = {at, length};
    return 0;
}

/// One piece at a time: the next chunk waits until this one was handed out.
int http_parser::progress::on_chunk_complete(llhttp_t* parser) {
    return static_cast<progress*>(parser->data)->piece.empty() ? HPE_OK : HPE_PAUSED;
}

int http_parser::progress::on_message_complete(llhttp_t* parser) {
    static_cast<progress*>(parser->data)->message_complete = true;
    return HPE_PAUSED;
}

/// Whether the lines around chunks end in CR LF and none is folded, across the pieces in which they come.
bool http_parser::progress::well_ended(std::string_view framing) noexcept {
    for (const char c : framing) {
        if ((last == '\r') != (c == '\n')) return false;
        if (last == '\n' && (c == ' ' || c == '\t')) return false;
        last = c;
    }
    return true;
}

http_parser::http_parser(std::uint32_t header_limit) noexcept : header_limit_(header_limit) {}
http_parser::http_parser(http_parser&&) noexcept = default;
http_parser& http_parser::operator=(http_parser&&) noexcept = default;
http_parser::~http_parser() = default;

bool http_parser::idle() const noexcept {
    return !progress_ && !refused_;
}

bool http_parser::in_head() const noexcept {
    return progress_ && progress_->where == progress::stage::head;
}

std::size_t http_parser::held() const noexcept {
    return in_head() ? progress_->head.capacity() : 0;
}

http_step http_parser::feed(std::span<char> bytes, const engine::origin& from) {
    if (refused_) return {http_step::kind::need_more, bytes.size()};
    if (!progress_) return begin(bytes, from);
    switch (progress_->where) {
        case progress::stage::head:
            return feed_head(bytes, from);
        case progress::stage::length:
            return feed_length(bytes);
        case progress::stage::chunked:
            return feed_chunked(bytes);
        case progress::stage::ended:
            break;
    }
    return finish(0);
}

/// Empty lines before a request are skipped: some clients send one behind a body.
http_step http_parser::begin(std::span<char> bytes, const engine::origin& from) {
    std::size_t skipped = 0;
    while (bytes.size() - skipped >= 2 && bytes[skipped] == '\r' && bytes[skipped + 1] == '\n') skipped += 2;
    if (skipped == bytes.size()) return {http_step::kind::need_more, skipped};

    progress_ = progress::begin();
    http_step step = feed_head(bytes.subspan(skipped), from);
    step.consumed += skipped;
    return step;
}

http_step http_parser::feed_head(std::span<char> bytes, const engine::origin& from) {
    progress& now = *progress_;
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

    http_step step = announce(head, *line, fields, from);
    step.consumed = consumed;
    return step;
}

http_step http_parser::announce(std::string_view head, const request_line& line,
                                std::span<const engine::header_field> fields, const engine::origin& from) {
    const bool upgrade = progress_->parser.upgrade != 0;
    const request_framing rest = judge_framing(line, fields, upgrade);
    if (rest.refusal != 0) return refuse(rest.refusal, rest.reason, 0);
    const bool llhttp_sees_chunks = (progress_->parser.flags & F_CHUNKED) != 0;
    if (llhttp_sees_chunks != (rest.framing == body_framing::chunked))
        return refuse(400, "transfer coding", 0);

    http_step step;
    step.what = http_step::kind::head;
    request_head& told = step.head.emplace();
    told.request = engine::request(line.method, line.target, line.minor_version, fields, from, upgrade);
    told.raw = engine::passing_text(head);
    told.framing = rest.framing;
    told.content_length = rest.length;
    told.expect_continue = rest.expect_continue;
    told.keep_alive = llhttp_should_keep_alive(&progress_->parser) != 0;
    expect_body(rest.framing, rest.length);
    return step;
}

void http_parser::expect_body(body_framing framing, std::uint64_t length) noexcept {
    progress& now = *progress_;
    now.remaining = length;
    switch (framing) {
        case body_framing::none:
            now.where = progress::stage::ended;
            break;
        case body_framing::length:
            now.where = progress::stage::length;
            break;
        case body_framing::chunked:
            now.where = progress::stage::chunked;
            llhttp_resume(&now.parser);
            break;
    }
}

http_step http_parser::feed_length(std::span<char> bytes) {
    progress& now = *progress_;
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
    progress& now = *progress_;
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
    progress& now = *progress_;
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
    progress::end(std::move(progress_));
    return {http_step::kind::complete, consumed};
}

http_step http_parser::refuse(int status, std::string_view reason, std::size_t consumed) {
    progress::end(std::move(progress_));
    refused_ = true;
    http_step step;
    step.what = http_step::kind::refused;
    step.consumed = consumed;
    step.status = status;
    step.reason = reason;
    return step;
}

}  // namespace kedge::transports
