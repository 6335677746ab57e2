#include <transports/http_parser.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <llhttp.h>

#include <transports/request_line.hpp>
#include <transports/token.hpp>

namespace kedge::transports {

namespace {

/// What the headers say about the framing of a request.
struct framing_facts {
    int hosts = 0;
    int lengths = 0;
    int codings = 0;
    int expectations = 0;
    std::string_view length;
    std::string_view coding;
    std::string_view expectation;
};

framing_facts gather(const std::vector<engine::header_field>& fields) {
    framing_facts facts;
    for (const engine::header_field& field : fields) {
        if (same_token(field.name, "host")) {
            ++facts.hosts;
        } else if (same_token(field.name, "content-length")) {
            ++facts.lengths;
            facts.length = field.value;
        } else if (same_token(field.name, "transfer-encoding")) {
            ++facts.codings;
            facts.coding = field.value;
        } else if (same_token(field.name, "expect")) {
            ++facts.expectations;
            facts.expectation = field.value;
        }
    }
    return facts;
}

/// Decimal digits only: from_chars would take a sign.
std::optional<std::uint64_t> read_length(std::string_view digits) noexcept {
    std::uint64_t length = 0;
    const bool plain = !digits.empty() &&
                       std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (!plain || fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return length;
}

/// Why two readers could disagree about where this request ends or whom it is for; empty when they could not.
std::string_view ambiguity(const framing_facts& facts, int minor_version) noexcept {
    if (facts.codings > 0 && facts.lengths > 0) return "Transfer-Encoding beside Content-Length";
    if (facts.lengths > 1) return "several Content-Length headers";
    if (facts.codings > 1) return "several Transfer-Encoding headers";
    if (facts.codings == 1 && minor_version == 0) return "Transfer-Encoding in HTTP/1.0";
    if (facts.codings == 1 && !same_token(facts.coding, "chunked")) return "unknown transfer coding";
    if (facts.hosts > 1) return "several Host headers";
    if (facts.hosts == 0 && minor_version == 1) return "no Host header";
    return {};
}

int pause_parser(llhttp_t*) {
    return HPE_PAUSED;
}

}  // namespace

struct http_parser::progress {
    enum class stage : std::uint8_t { head, length, chunked, ended };

    progress();
    static int on_body(llhttp_t* parser, const char* at, std::size_t length);
    static int on_message_complete(llhttp_t* parser);
    bool well_ended(std::string_view framing) noexcept;

    llhttp_t parser;
    std::string head;             // when it comes in several pieces
    std::string_view piece;       // of a chunked body
    std::uint64_t remaining = 0;  // of a body with a length
    std::uint32_t overhead = 0;   // bytes of chunk framing since the last byte of body
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
        blank.on_chunk_complete = pause_parser;
        blank.on_message_complete = Progress::on_message_complete;
        return blank;
    }();
    return made;
}

}  // namespace

http_parser::progress::progress() {
    llhttp_init(&parser, HTTP_REQUEST, &settings<progress>());
    parser.data = this;
}

int http_parser::progress::on_body(llhttp_t* parser, const char* at, std::size_t length) {
    static_cast<progress*>(parser->data)->piece = {at, length};
    return 0;
}

int http_parser::progress::on_message_complete(llhttp_t* parser) {
    static_cast<progress*>(parser->data)->message_complete = true;
    return HPE_PAUSED;
}

/// Whether the lines around chunks end in CR LF, across the pieces in which they come.
bool http_parser::progress::well_ended(std::string_view framing) noexcept {
    for (const char c : framing) {
        if ((last == '\r') != (c == '\n')) return false;
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

    progress_ = std::make_unique<progress>();
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
    const auto fields = read_header_lines(lines.substr(first_end + 2));
    if (!fields) return refuse(400, "a folded or malformed header", consumed);

    const framing_facts facts = gather(*fields);
    if (const auto fault = ambiguity(facts, line->minor_version); !fault.empty())
        return refuse(400, fault, consumed);
    const auto length = facts.lengths == 1 ? read_length(facts.length) : std::uint64_t{0};
    if (!length) return refuse(400, "malformed Content-Length", consumed);

    const bool upgrade = progress_->parser.upgrade != 0;
    const bool has_body = facts.codings == 1 || *length > 0;
    if (line->method == "CONNECT") return refuse(400, "CONNECT", consumed);
    if (upgrade && has_body) return refuse(400, "an upgrade with a body", consumed);
    const bool expects = facts.expectations > 0 && line->minor_version == 1;
    if (expects && !same_token(facts.expectation, "100-continue")) return refuse(417, "Expect", consumed);

    http_step step;
    step.what = http_step::kind::head;
    step.consumed = consumed;
    step.head.emplace();
    step.head->request =
        engine::request(line->method, line->target, line->minor_version, *fields, from, upgrade);
    step.head->raw = head;
    step.head->framing = facts.codings == 1 ? body_framing::chunked
                         : *length > 0      ? body_framing::length
                                            : body_framing::none;
    step.head->content_length = *length;
    step.head->expect_continue = expects && has_body;
    step.head->keep_alive = llhttp_should_keep_alive(&progress_->parser) != 0;
    expect_body(step.head->framing, *length);
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

http_step http_parser::feed_chunked(std::span<char> bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        http_step step = feed_chunk(bytes.subspan(taken));
        step.consumed += taken;
        if (step.what != http_step::kind::need_more) return step;
        taken = step.consumed;
    }
    return {http_step::kind::need_more, taken};
}

/// Goes to the end of a chunk, of the message, or of the bytes.
http_step http_parser::feed_chunk(std::span<char> bytes) {
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
    if (!check_chunk_framing(std::string_view(bytes.data(), step.consumed)))
        return refuse(400, "a line around a chunk does not end in CR LF", bytes.size());
    if (now.overhead > header_limit_) return refuse(431, "too much around a chunk", bytes.size());
    if (!now.piece.empty()) {
        step.what = http_step::kind::body;
        step.body =
            bytes.subspan(static_cast<std::size_t>(now.piece.data() - bytes.data()), now.piece.size());
        if (now.message_complete) now.where = progress::stage::ended;
        return step;
    }
    if (now.message_complete) return finish(step.consumed);
    return step;
}

/// Looks at what llhttp took beside the piece of body, and counts it.
bool http_parser::check_chunk_framing(std::string_view taken) noexcept {
    progress& now = *progress_;
    std::string_view before = taken;
    std::string_view after;
    if (!now.piece.empty()) {
        before = taken.substr(0, static_cast<std::size_t>(now.piece.data() - taken.data()));
        after = taken.substr(before.size() + now.piece.size());
        now.overhead = 0;
    }
    now.overhead += static_cast<std::uint32_t>(after.empty() ? before.size() : after.size());
    return now.well_ended(before) && now.well_ended(after);
}

http_step http_parser::finish(std::size_t consumed) {
    progress_.reset();
    return {http_step::kind::complete, consumed};
}

http_step http_parser::refuse(int status, std::string_view reason, std::size_t consumed) {
    progress_.reset();
    refused_ = true;
    http_step step;
    step.what = http_step::kind::refused;
    step.consumed = consumed;
    step.status = status;
    step.reason = reason;
    return step;
}

}  // namespace kedge::transports
