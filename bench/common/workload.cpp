#include <algorithm>
#include <bench/common/workload.hpp>

namespace bench {
namespace {

std::string digits(std::size_t number, std::size_t width) {
    std::string text = std::to_string(number);
    return std::string(width - std::min(width, text.size()), '0') + text;
}

std::string payload(std::size_t number, std::size_t size, unsigned publisher) {
    std::string text = digits(publisher, 2) + digits(number, label_size - 2);
    while (text.size() < size) text += static_cast<char>('a' + text.size() % 26);
    return text;
}

// Ack ids have three digits from the first on, so that all messages are of one length.
std::string question(std::string_view mode, std::size_t number, const std::string& text) {
    if (mode == "ack") return "42" + std::to_string(100 + number) + "[\"ack\",\"" + text + "\"]";
    return "42[\"" + std::string(mode) + "\",\"" + text + "\"]";
}

std::string answer(std::string_view mode, std::size_t number, const std::string& text) {
    if (mode == "ack") return "43" + std::to_string(100 + number) + "[\"" + text + "\"]";
    return question(mode, number, text);
}

}  // namespace

workload::workload(std::string_view mode, const framing& how, std::size_t size, unsigned publisher) {
    // Twice around: whatever number a slice begins with, it does not wrap.
    for (std::size_t i = 0; i < 2 * period; ++i) {
        const auto number = i % period;
        const auto text = payload(number, size, publisher);
        outgoing_ += how.outgoing(question(mode, number, text));
        incoming_ += how.incoming(answer(mode, number, text));
    }
    outgoing_size_ = outgoing_.size() / (2 * period);
    incoming_size_ = incoming_.size() / (2 * period);
}

std::string_view workload::outgoing(std::size_t first, std::size_t count) const {
    return std::string_view(outgoing_).substr(first % period * outgoing_size_, count * outgoing_size_);
}

std::string_view workload::incoming(std::size_t first, std::size_t count) const {
    return std::string_view(incoming_).substr(first % period * incoming_size_, count * incoming_size_);
}

}  // namespace bench
