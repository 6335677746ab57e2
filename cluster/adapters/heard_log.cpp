#include <kedge/cluster/adapters/heard_log.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

namespace kedge::cluster {

namespace {

constexpr std::size_t bookkeeping = 64;
constexpr std::uint64_t far = std::uint64_t{1} << 32;  // more marks than are ever put before what is kept

/// A place as all nodes call it, in its parts.
struct place_name {
    std::string_view mark;
    std::uint64_t count = 0;
};

std::optional<place_name> parse(std::string_view text) noexcept {
    const auto hyphen = text.rfind('-');
    if (hyphen == std::string_view::npos || hyphen == 0) return std::nullopt;
    place_name made{text.substr(0, hyphen), 0};
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + hyphen + 1, end, made.count);
    return read.ec == std::errc() && read.ptr == end ? std::optional(made) : std::nullopt;
}

}  // namespace

// --- What is heard

void heard_log::on_mark(std::string_view name, engine::time_point now) {
    const stream_id at{next_number_++, 0};
    {
        const std::lock_guard hold(lock_);
        marks_.emplace(at.milliseconds, name);
    }
    last_ = at;
    if (!begin_)
        begin_ = at;
    else
        keep({at, {}, now});
}

std::optional<stream_id> heard_log::on_message(std::string_view message, engine::time_point now) {
    if (!last_) return std::nullopt;
    ++last_->sequence;
    keep({*last_, std::string(message), now});
    return last_;
}

/// The marks' names are known for a while yet: workers may still be at such places.
void heard_log::forget() {
    if (begin_) {
        const std::lock_guard hold(lock_);
        marks_.erase(marks_.begin(), marks_.lower_bound(begin_->milliseconds));
    }
    forgotten_before_ = next_number_;
    next_number_ += far;
    kept_.clear();
    bytes_ = 0;
    begin_.reset();
    last_.reset();
}

void heard_log::keep(entry made) {
    const auto now = made.since;
    bytes_ += size_of(made);
    kept_.push_back(std::move(made));
    while (too_much(now)) drop_first();
}

std::size_t heard_log::size_of(const entry& which) noexcept {
    return which.text.size() + bookkeeping;
}

bool heard_log::too_much(engine::time_point now) const noexcept {
    if (kept_.empty()) return false;
    return kept_.size() > limits_.max_stored_packets || bytes_ > limits_.max_stored_bytes ||
           now - kept_.front().since > limits_.max_disconnection_duration;
}

bool heard_log::is_full(std::size_t bytes, engine::time_point now) const noexcept {
    return too_much(now) || kept_.size() >= limits_.max_stored_packets ||
           bytes_ + bytes + bookkeeping > limits_.max_stored_bytes;
}

void heard_log::drop_first() {
    begin_ = kept_.front().at;
    bytes_ -= size_of(kept_.front());
    kept_.pop_front();
    const std::lock_guard hold(lock_);
    marks_.erase(marks_.begin(), marks_.lower_bound(begin_->milliseconds));
}

// --- Places

heard_log::entries::const_iterator heard_log::behind(stream_id place) const {
    return std::partition_point(kept_.begin(), kept_.end(),
                                [&](const entry& each) { return each.at <= place; });
}

std::optional<std::uint64_t> heard_log::number_of(std::string_view mark) const {
    const std::lock_guard hold(lock_);
    const auto found = std::find_if(marks_.lower_bound(forgotten_before_), marks_.end(),
                                    [&](const auto& each) { return each.second == mark; });
    return found == marks_.end() ? std::nullopt : std::optional(found->first);
}

std::optional<stream_id> heard_log::find(std::string_view name) const {
    const auto parts = parse(name);
    const auto number = parts && begin_ ? number_of(parts->mark) : std::nullopt;
    if (!number) return std::nullopt;
    const stream_id at{*number, parts->count};
    const auto next = behind(at);
    const bool kept = next != kept_.begin() && std::prev(next)->at == at;
    return kept || at == *begin_ ? std::optional(at) : std::nullopt;
}

std::string heard_log::name_of(stream_id at) const {
    const std::lock_guard hold(lock_);
    const auto found = marks_.find(at.milliseconds);
    return found == marks_.end() ? std::string() : found->second + '-' + std::to_string(at.sequence);
}

// --- What another node has kept for longer

std::optional<std::vector<heard_log::piece>> heard_log::copy(std::string_view from, std::string_view until,
                                                             std::size_t bytes) const {
    const auto first = find(from);
    const auto end = find(until);
    if (!first || !end || *end < *first) return std::nullopt;
    std::vector<piece> made;
    std::size_t sum = 0;
    for (auto next = behind(*first); next != kept_.end() && next->at <= *end && sum < bytes; ++next) {
        made.push_back({next->is_mark(), next->is_mark() ? marks_.at(next->at.milliseconds) : next->text});
        sum += size_of(*next);
    }
    return made;
}

std::string heard_log::name_behind(std::string_view from, const std::vector<piece>& pieces) {
    auto at = parse(from).value_or(place_name{from, 0});
    for (const auto& each : pieces) {
        if (each.mark) at.mark = each.text;
        at.count = each.mark ? 0 : at.count + 1;
    }
    return std::string(at.mark) + '-' + std::to_string(at.count);
}

namespace {

/// Pieces with their places: which mark they count from, by its index, and their count.
struct placed_pieces {
    std::vector<std::string_view> marks;
    std::vector<stream_id> places;
    std::size_t bytes = 0;
};

placed_pieces place(const place_name& from, const std::vector<heard_log::piece>& pieces) {
    placed_pieces made{{from.mark}, {}};
    made.places.reserve(pieces.size());
    stream_id at{0, from.count};
    for (const auto& each : pieces) {
        if (each.mark) made.marks.emplace_back(each.text);
        at = each.mark ? stream_id{at.milliseconds + 1, 0} : stream_id{at.milliseconds, at.sequence + 1};
        made.places.push_back(at);
        made.bytes += (each.mark ? 0 : each.text.size()) + bookkeeping;
    }
    return made;
}

}  // namespace

/// It has to end with the mark, or at the count, where that begins which is kept; all marks before are new.
bool heard_log::meets(const std::vector<std::string_view>& marks, std::uint64_t count) const {
    const std::set<std::string_view> all(marks.begin(), marks.end());
    const auto known = [this](std::string_view each) { return number_of(each).has_value(); };
    return count == begin_->sequence && number_of(marks.back()) == begin_->milliseconds &&
           all.size() == marks.size() && std::none_of(marks.begin(), marks.end() - 1, known);
}

bool heard_log::prepend(std::string_view from, std::vector<piece> pieces, engine::time_point now) {
    const auto parts = parse(from);
    if (!parts || !begin_ || pieces.empty()) return false;
    const auto [marks, places, bytes] = place(*parts, pieces);
    if (!meets(marks, places.back().sequence) || bytes_ + bytes > limits_.max_stored_bytes ||
        kept_.size() + pieces.size() > limits_.max_stored_packets)
        return false;
    const std::uint64_t shift = begin_->milliseconds - places.back().milliseconds;
    {
        const std::lock_guard hold(lock_);
        for (std::size_t i = 0; i + 1 < marks.size(); ++i) marks_[shift + i] = marks[i];
    }
    begin_ = stream_id{shift, parts->count};
    bytes_ += bytes;
    for (std::size_t i = pieces.size(); i-- > 0;) {
        const stream_id at{places[i].milliseconds + shift, places[i].sequence};
        kept_.push_front({at, pieces[i].mark ? std::string() : std::move(pieces[i].text), now});
    }
    return true;
}

}  // namespace kedge::cluster
