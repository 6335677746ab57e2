#include <kedge/transports/http/answer_stream.hpp>

#include <utility>

#include <kedge/transports/http/streamed_answer.hpp>

namespace kedge::transports {

/// What all copies of a handle hold. Goes with the last.
struct answer_stream::last_word {
    explicit last_word(std::shared_ptr<streamed_answer> whose) noexcept : answer(std::move(whose)) {}
    ~last_word() {
        if (!answer->over()) answer->cut();
    }
    last_word(const last_word&) = delete;
    last_word& operator=(const last_word&) = delete;

    std::shared_ptr<streamed_answer> answer;
};

answer_stream::answer_stream(std::shared_ptr<streamed_answer> answer)
    : last_(std::make_shared<last_word>(std::move(answer))) {}

bool answer_stream::write(std::string piece) const {
    return last_->answer->write(std::move(piece));
}
void answer_stream::end() const {
    last_->answer->end();
}
void answer_stream::cut() const {
    last_->answer->cut();
}
std::size_t answer_stream::unsent() const noexcept {
    return last_->answer->unsent();
}
bool answer_stream::over() const noexcept {
    return last_->answer->over();
}
void answer_stream::on_drain(std::function<void()> tell) const {
    last_->answer->when_drained(std::move(tell));
}
void answer_stream::on_gone(std::function<void()> tell) const {
    last_->answer->when_gone(std::move(tell));
}

}  // namespace kedge::transports
