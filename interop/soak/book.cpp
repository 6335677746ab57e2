#include "book.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

// There when a sanitizer has taken the place of the allocator.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));  // NOLINT

namespace soak {
namespace {

std::int64_t descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

/// Bytes that are allocated now, whatever the allocator keeps besides.
std::int64_t allocated() {
    if (__sanitizer_get_current_allocated_bytes != nullptr)
        return static_cast<std::int64_t>(__sanitizer_get_current_allocated_bytes());
    const auto info = ::mallinfo2();
    return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

std::int64_t resident() {
    ::malloc_trim(0);
    long all = 0;
    long in_memory = 0;
    if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &all, &in_memory) != 2) in_memory = 0;
        std::fclose(file);
    }
    return in_memory * ::sysconf(_SC_PAGESIZE);
}

std::int64_t integer(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

}  // namespace

void book::fault(std::string what) {
    const std::lock_guard guard(lock_);
    if (faults_.size() < 100) faults_.push_back(std::move(what));
}

void book::see(kedge::value request) {
    const std::lock_guard guard(lock_);
    if (seen_.size() < 10'000) seen_.push_back(std::move(request));
}

kedge::value book::take_seen() {
    const std::lock_guard guard(lock_);
    return std::exchange(seen_, kedge::value::array());
}

kedge::room_hooks book::room_hooks() {
    return {.on_create_room = [this](std::string_view) { ++rooms_; },
            .on_join_room = [this](std::string_view, std::string_view) { ++members_; },
            .on_leave_room = [this](std::string_view, std::string_view) { --members_; },
            .on_delete_room = [this](std::string_view) { --rooms_; }};
}

kedge::value book::figures(const kedge::transports::server_stats& stats) {
    const std::lock_guard guard(lock_);
    return kedge::value::object({{"connections", integer(stats.total.connections)},
                                 {"accepted", integer(stats.accepted)},
                                 {"sessions", integer(stats.total.sessions)},
                                 {"opened", integer(stats.total.sessions_opened)},
                                 {"upgraded", integer(stats.total.sessions_upgraded)},
                                 {"unattended", integer(stats.total.unattended)},
                                 {"waiting", integer(stats.total.bytes_waiting)},
                                 {"requests", integer(stats.total.requests)},
                                 {"badRequests", integer(stats.total.bad_requests)},
                                 {"present", present.load()},
                                 {"rooms", rooms_.load()},
                                 {"members", members_.load()},
                                 {"counted", counted.load()},
                                 {"faults", kedge::to_value(faults_)},
                                 {"descriptors", descriptors()},
                                 {"allocated", allocated()},
                                 {"resident", resident()},
                                 {"sanitized", __sanitizer_get_current_allocated_bytes != nullptr}});
}

}  // namespace soak
