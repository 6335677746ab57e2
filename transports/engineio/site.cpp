#include <kedge/transports/engineio/site.hpp>

#include <chrono>
#include <utility>

#include <kedge/transports/engineio/machine_memory.hpp>
#include <kedge/transports/engineio/server_core.hpp>

namespace kedge::transports {

namespace {

// A string that has grown beyond this in one answer is not kept for the next.
constexpr std::size_t kept_text = 64 * 1024;
constexpr std::size_t compressed_per_turn = 256 * 1024;  // 5 to 10 ms of zlib's work
constexpr engine::duration tidy_after{5'000};

}  // namespace

site::site(server_core& core, worker& home)
    : core_(core),
      home_(home),
      way_(std::make_shared<door>(home)),
      compressing_(compressed_per_turn),
      packer_(home, compressing_),
      tidying_(engine::timer::calls<&site::tidy, site>(), this),
      sessions_(home, core.options.engine, core),
      gate_(*this) {}

site::~site() {
    way_->shut();
}

std::string_view site::date() {
    return date_.at(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

void site::give_back(std::string text) noexcept {
    if (text.capacity() > kept_text) return;
    text.clear();
    spare_text_ = std::move(text);
}

void site::receive(detached_stream from, std::unique_ptr<passage> brought, const entrance* by) {
    if (ending_) return;
    admit(std::make_unique<connection>(*this, std::move(from), std::move(brought), by));
}

void site::welcome(detached_stream from, std::unique_ptr<passage> brought) {
    home_.post([this, from = std::move(from), brought = std::move(brought)]() mutable {
        receive(std::move(from), std::move(brought));
    });
}

void site::wind_up() {
    ending_ = true;
    tidying_.disarm();
    residents_.wind_up();
}

void site::evict() {
    sessions_.close_all(true);
    residents_.clear();
}

std::uint64_t site::bytes_waiting() {
    if (!weighing_.exchange(true)) {
        way_->pass([this] {
            std::uint64_t sum = 0;
            sessions_.each([&sum](const engine::session& each) { sum += each.unsent(); });
            bytes_waiting_.store(sum, std::memory_order_relaxed);
            weighing_.store(false);
        });
    }
    return bytes_waiting_.load(std::memory_order_relaxed);
}

void site::tidy_later() {
    if (!ending_ && !tidying_.armed()) home_.timers().arm(tidying_, home_.now() + tidy_after);
}

void site::tidy(engine::time_point) {
    return_spare_memory();
}

void site::log(log_level level, std::string_view event,
               std::initializer_list<log_record::field> facts) const {
    const server_options& options = core_.options;
    if (!options.log || level < options.log_threshold) return;
    options.log({.level = level, .event = event, .fields = {facts.begin(), facts.size()}});
}

}  // namespace kedge::transports
