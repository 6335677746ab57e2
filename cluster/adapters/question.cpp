#include <kedge/cluster/adapters/question.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace kedge::cluster {

using namespace std::chrono_literals;

namespace {

constexpr engine::duration between_counts = 400ms;

}  // namespace

// --- The tally

void tally::count(const node_count& now, const std::vector<std::string>& named) {
    const auto there = std::max<std::size_t>(now.listening, 1);
    if (asked_ == 0) asked_ = listening_ = there;
    listening_ = std::min(listening_, there);  // who came later was not asked
    for (std::size_t i = 0; i < named.size() && i < now.present.size(); ++i)
        if (!now.present[i]) gone_.insert(named[i]);
}

void tally::on_response(std::string_view uid) {
    ++answered_;
    if (!uid.empty()) told_.emplace(uid);
}

ack_error tally::verdict(ack_error::cause why) const noexcept {
    const std::size_t others = asked_ > 0 ? asked_ - 1 : 0;
    if (why == ack_error::cause::none && answered_ >= others) return {};
    if (why == ack_error::cause::none) why = ack_error::cause::unreachable;
    return {why, static_cast<std::uint32_t>(answered_), static_cast<std::uint32_t>(others)};
}

// --- The table

struct question_table::entry {
    entry(question_table& in, std::string name, std::unique_ptr<question> asked)
        : table(in),
          id(std::move(name)),
          what(std::move(asked)),
          deadline(engine::timer::calls<&entry::on_deadline, entry>(), this),
          recount(engine::timer::calls<&entry::on_recount, entry>(), this) {}

    void on_deadline(engine::time_point) { table.end(std::string(id), ack_error::cause::timed_out); }
    void on_recount(engine::time_point) { table.ask_for(*this); }

    question_table& table;
    std::string id;
    std::unique_ptr<question> what;
    engine::timer deadline;
    engine::timer recount;
};

question_table::question_table(engine::loop& home, counter ask) : home_(home), ask_(std::move(ask)) {}

question_table::~question_table() {
    *alive_ = false;
}

void question_table::open(std::string id, std::unique_ptr<question> what, engine::duration timeout) {
    auto made = std::make_unique<entry>(*this, id, std::move(what));
    entry& which = *made;
    home_.timers().arm(which.deadline, engine::later(home_.now(), timeout));
    open_[std::move(id)] = std::move(made);
    ask_for(which);
}

void question_table::ask_for(entry& which) {
    auto named = which.what->count.named();
    home_.timers().arm(which.recount, home_.now() + between_counts);
    const std::string id = which.id;
    ask_(named, [this, alive = alive_, id, named](std::optional<node_count> now) {
        if (*alive) on_count(id, named, std::move(now));
    });
}

void question_table::on_count(const std::string& id, const std::vector<std::string>& named,
                              std::optional<node_count> now) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    if (!now) return end(id, ack_error::cause::unreachable);
    question& what = *found->second->what;
    what.count.count(*now, named);
    what.on_count();
    check(id);
}

bool question_table::on_response(const node_message& response) {
    const std::string id(response.request);
    const auto found = open_.find(id);
    if (found == open_.end()) return false;
    found->second->what->on_response(response);
    check(id);
    return true;
}

void question_table::check(const std::string& id) {
    const auto found = open_.find(id);
    if (found != open_.end() && found->second->what->over()) end(id, ack_error::cause::none);
}

void question_table::end(const std::string& id, ack_error::cause why) {
    auto taken = open_.extract(id);
    if (taken.empty()) return;
    question& what = *taken.mapped()->what;
    what.end(what.count.verdict(why));
}

void question_table::end_all() {
    auto all = std::exchange(open_, {});
    for (auto& [id, each] : all) each->what->end(each->what->count.verdict(ack_error::cause::unreachable));
}

}  // namespace kedge::cluster
