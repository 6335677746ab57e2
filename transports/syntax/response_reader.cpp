#include <kedge/transports/syntax/response_reader.hpp>

#include <llhttp.h>

namespace kedge::transports {

struct response_reader::progress {
    explicit progress(asked_by by) noexcept : what(by) { restart(); }
    void restart() noexcept;
    static int on_head(llhttp_t* parser);
    static int on_end(llhttp_t* parser);
    static const llhttp_settings_t& settings() noexcept;

    asked_by what;
    llhttp_t parser{};
    bool head = false;
    bool ended = false;
    bool keeps_alive = false;
};

void response_reader::progress::restart() noexcept {
    llhttp_init(&parser, HTTP_RESPONSE, &settings());
    parser.data = this;
    head = ended = keeps_alive = false;
}

/// 1 tells llhttp that no body follows, whatever the headers say.
int response_reader::progress::on_head(llhttp_t* parser) {
    auto& now = *static_cast<progress*>(parser->data);
    now.head = true;
    return now.what == asked_by::head ? 1 : 0;
}

int response_reader::progress::on_end(llhttp_t* parser) {
    auto& now = *static_cast<progress*>(parser->data);
    now.ended = true;
    now.keeps_alive = llhttp_should_keep_alive(parser) != 0;
    return HPE_PAUSED;
}

const llhttp_settings_t& response_reader::progress::settings() noexcept {
    static const llhttp_settings_t made = [] {
        llhttp_settings_t blank;
        llhttp_settings_init(&blank);
        blank.on_headers_complete = on_head;
        blank.on_message_complete = on_end;
        return blank;
    }();
    return made;
}

response_reader::response_reader(asked_by what) : progress_(std::make_unique<progress>(what)) {}
response_reader::response_reader(response_reader&&) noexcept = default;
response_reader& response_reader::operator=(response_reader&&) noexcept = default;
response_reader::~response_reader() = default;

response_reader::step response_reader::feed(std::string_view bytes) {
    progress& now = *progress_;
    const llhttp_errno_t outcome = llhttp_execute(&now.parser, bytes.data(), bytes.size());
    if (!now.ended) return {outcome == HPE_OK ? step::kind::more : step::kind::failed, bytes.size()};
    const auto used = static_cast<std::size_t>(llhttp_get_error_pos(&now.parser) - bytes.data());
    if (status() / 100 != 1 || status() == 101) return {step::kind::complete, used};
    now.restart();
    return {step::kind::interim, used};
}

bool response_reader::complete_at_end() {
    return progress_->head && !progress_->ended && llhttp_finish(&progress_->parser) == HPE_PAUSED;
}

bool response_reader::head_complete() const noexcept {
    return progress_->head;
}

int response_reader::status() const noexcept {
    return progress_->parser.status_code;
}

bool response_reader::keeps_alive() const noexcept {
    return progress_->keeps_alive;
}

}  // namespace kedge::transports
