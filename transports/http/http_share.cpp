#include <kedge/transports/http/http_share.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace kedge::transports {

namespace {

// A string that has grown beyond this in one answer is not kept for the next.
constexpr std::size_t kept_text = 64 * 1024;

}  // namespace

http_share::http_share(http_common& common, worker& home)
    : common_(common), home_(home), way_(std::make_shared<door>(home)) {}

http_share::~http_share() {
    way_->shut();
}

void http_share::add_before(const http_front& which, std::unique_ptr<http_front> front) {
    const auto place =
        std::find_if(fronts_.begin(), fronts_.end(), [&](const auto& each) { return each.get() == &which; });
    fronts_.insert(place, std::move(front));
}

http_front* http_share::front_of(const engine::request& asked) const noexcept {
    for (const auto& each : fronts_)
        if (each->serves(asked)) return each.get();
    return nullptr;
}

std::string_view http_share::date() {
    return date_.at(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

void http_share::give_back(std::string text) noexcept {
    if (text.capacity() > kept_text) return;
    text.clear();
    spare_text_ = std::move(text);
}

void http_share::fall_silent() noexcept {
    ending_ = true;
    way_->shut();
    home_.fall_silent();
    for (const auto& each : fronts_) each->fall_silent();
}

void http_share::wind_up() {
    for (const auto& each : fronts_) home_.guarded([&] { each->wind_up(); });
    ending_ = true;
    residents_.wind_up();
}

void http_share::evict() {
    for (const auto& each : fronts_) home_.guarded([&] { each->evict(); });
    residents_.clear();
}

bool http_share::deserted() const noexcept {
    return residents_.empty() &&
           std::all_of(fronts_.begin(), fronts_.end(), [](const auto& each) { return each->deserted(); });
}

void http_share::log(log_level level, std::string_view event,
                     std::initializer_list<log_record::field> facts) const {
    const http_options& how = common_.options;
    if (!how.log || level < how.log_threshold) return;
    const log_record line{.level = level, .event = event, .fields = {facts.begin(), facts.size()}};
    home_.guarded([&] { how.log(line); });
}

}  // namespace kedge::transports
