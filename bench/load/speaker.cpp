#include <unistd.h>

#include <algorithm>
#include <bench/load/speaker.hpp>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

// Nothing that frames a message has it.
constexpr std::string_view mark = "!#";
constexpr std::size_t digits = 4;

}  // namespace

std::string spoken(std::size_t number, std::size_t size) {
    std::string label = std::to_string(number % speaker_period);
    label.insert(0, digits - label.size(), '0');
    std::string message = std::string(mark) + label;
    message.resize(size, 'x');
    return message;
}

void speaker::hear(std::string_view bytes) {
    std::string joined;
    if (!incomplete_.empty()) {
        joined = std::move(incomplete_.append(bytes));
        incomplete_.clear();
        bytes = joined;
    }
    for (;;) {
        const auto at = bytes.find(mark);
        if (at == std::string_view::npos) {
            if (bytes.ends_with(mark.front())) incomplete_ = mark.front();
            return;
        }
        if (bytes.size() - at < mark.size() + digits) return void(incomplete_ = bytes.substr(at));
        const std::string label(bytes.substr(at + mark.size(), digits));
        bytes.remove_prefix(at + mark.size() + digits);
        owner_.on_heard(*this, std::strtoul(label.c_str(), nullptr, 10));
    }
}

void speaker::on_surprise(std::string_view what, std::string_view bytes) {
    std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(std::min<std::size_t>(bytes.size(), 300)), bytes.data());
    std::exit(1);
}

std::string session_path(const dialect& how, std::size_t number) {
    return how.path + "/000/" + std::to_string(getpid()) + '-' + std::to_string(number);
}

std::unique_ptr<speaker> open_speaker(const dialect& how, poller& poll, const target& where,
                                      std::size_t number, speaker_owner& owner) {
    const bool upgrades = how.name == "raw" || how.name == "websocket" || how.name == "stomp";
    return upgrades ? open_websocket_speaker(how, poll, where, number, owner)
                    : open_http_speaker(how, poll, where, number, owner);
}

}  // namespace bench
