#include <kedge/transports/syntax/http_progress.hpp>

#include <utility>

namespace kedge::transports {

namespace {

constexpr std::size_t kept_capacity = 4096;
constexpr std::size_t kept_fields = 128;

int pause_parser(llhttp_t*) {
    return HPE_PAUSED;
}

/// llhttp stops after the head, each chunk and the message, so that one step never tells of two things.
const llhttp_settings_t& request_settings() {
    static const llhttp_settings_t made = [] {
        llhttp_settings_t blank;
        llhttp_settings_init(&blank);
        blank.on_headers_complete = pause_parser;
        blank.on_body = http_progress::on_body;
        blank.on_chunk_complete = http_progress::on_chunk_complete;
        blank.on_message_complete = http_progress::on_message_complete;
        return blank;
    }();
    return made;
}

}  // namespace

void http_progress::begin_llhttp() noexcept {
    llhttp_init(&parser, HTTP_REQUEST, &request_settings());
    parser.data = this;
}

void http_progress::restart() noexcept {
    head.clear();
    remaining = 0;
    overhead = 0;
    last = '\0';
    message_complete = false;
    where = stage::head;
}

/// Requests of a thread mostly begin and end one by one: one of these serves them all.
std::unique_ptr<http_progress>& http_progress::spare() noexcept {
    thread_local std::unique_ptr<http_progress> kept;
    return kept;
}

std::unique_ptr<http_progress> http_progress::begin() {
    if (!spare()) return std::make_unique<http_progress>();
    spare()->restart();
    return std::move(spare());
}

void http_progress::end(std::unique_ptr<http_progress> over) noexcept {
    if (!over || over->head.capacity() > kept_capacity || over->fields.capacity() > kept_fields) return;
    spare() = std::move(over);
}

int http_progress::on_body(llhttp_t* parser, const char* at, std::size_t length) {
    static_cast<http_progress*>(parser->data)->piece = {at, length};
    return 0;
}

/// One piece at a time: the next chunk waits until this one was handed out.
int http_progress::on_chunk_complete(llhttp_t* parser) {
    return static_cast<http_progress*>(parser->data)->piece.empty() ? HPE_OK : HPE_PAUSED;
}

int http_progress::on_message_complete(llhttp_t* parser) {
    static_cast<http_progress*>(parser->data)->message_complete = true;
    return HPE_PAUSED;
}

/// Whether the lines around chunks end in CR LF and none is folded, across the pieces in which they come.
bool http_progress::well_ended(std::string_view framing) noexcept {
    for (const char c : framing) {
        if ((last == '\r') != (c == '\n')) return false;
        if (last == '\n' && (c == ' ' || c == '\t')) return false;
        last = c;
    }
    return true;
}

}  // namespace kedge::transports
