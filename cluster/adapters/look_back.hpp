#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/cluster/adapters/heard_log.hpp>
#include <kedge/cluster/adapters/question.hpp>
#include <kedge/engine/function.hpp>

namespace kedge::cluster {

/// What one node asks the others: what was heard behind a place, up to another. First who has it, then, of
/// that one, the thing itself.
struct stretch_wanted {
    std::string_view from{};
    std::string_view until{};
    bool itself = false;
};
void write_wanted(writer& to, const stretch_wanted& what);
/// False when it is none.
bool read_wanted(const item& from, stretch_wanted& to);

/// What was heard, as one node gives it to another: marks are texts, messages bytes.
void write_pieces(writer& to, const std::vector<heard_log::piece>& all);
std::optional<std::vector<heard_log::piece>> read_pieces(const item& from);

/// Over with the first node that has it, or when none has.
class look_back_question final : public question {
  public:
    using told =
        engine::unique_function<void(std::string whom, std::optional<std::vector<heard_log::piece>>)>;
    explicit look_back_question(told then) : then_(std::move(then)) {}

    void on_response(const node_message& response) override;
    bool over() const override { return !whom_.empty() || count.complete(); }
    void end(ack_error) override { then_(std::move(whom_), std::move(found_)); }

  private:
    told then_;
    std::string whom_;
    std::optional<std::vector<heard_log::piece>> found_;
};

}  // namespace kedge::cluster
