// Times as texts: what is read is written so that it is read again to the same moment.

#include <kedge/socketio/value/json_time.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/socketio/value/json.hpp>

namespace {

/// A time point that cannot say the moment refuses it; one that can is within a step of it.
template <class Moment>
void check_time_point(std::string_view text, const kedge::utc_moment& meant) {
    const auto made = kedge::value(text).to<Moment>();
    if (!made) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(made->time_since_epoch()).count();
    const std::int64_t step = Moment::duration::period::num;
    if (seconds > meant.seconds || meant.seconds - seconds >= step) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = kedge::parse_iso(text);
    if (!read) return 0;
    if (read->nanoseconds < 0 || read->nanoseconds >= 1'000'000'000) std::abort();
    if (kedge::has_iso_text(*read) && kedge::parse_iso(kedge::iso_text(*read, 9)) != read) std::abort();
    check_time_point<std::chrono::sys_days>(text, *read);
    check_time_point<std::chrono::sys_seconds>(text, *read);
    check_time_point<std::chrono::sys_time<std::chrono::milliseconds>>(text, *read);
    check_time_point<std::chrono::sys_time<std::chrono::nanoseconds>>(text, *read);
    return 0;
}
