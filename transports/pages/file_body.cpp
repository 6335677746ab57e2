#include <kedge/transports/pages/file_body.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace kedge::transports {

open_file::~open_file() {
    ::close(descriptor_);
}

std::size_t open_file::read(std::uint64_t offset, std::span<char> into) const {
    ssize_t count = 0;
    do {
        count = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    } while (count < 0 && errno == EINTR);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void file_body::add(byte_range range) {
    length_ += range.size();
    parts_.emplace_back(range);
}

void file_body::add(std::string text) {
    length_ += text.size();
    if (!text.empty()) parts_.emplace_back(std::move(text));
}

std::size_t file_body::read_part(part& next, std::span<char> into) {
    if (auto* text = std::get_if<std::string>(&next)) {
        const auto count = std::min(text->size(), into.size());
        std::memcpy(into.data(), text->data(), count);
        text->erase(0, count);
        if (text->empty()) parts_.pop_front();
        return count;
    }
    auto& range = std::get<byte_range>(next);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(range.size(), into.size()));
    const auto count = file_->read(range.first, into.first(wanted));
    if (count == range.size())
        parts_.pop_front();
    else
        range.first += count;
    return count;
}

std::size_t file_body::read(std::span<char> into) {
    std::size_t filled = 0;
    while (filled < into.size() && !parts_.empty()) {
        const auto count = read_part(parts_.front(), into.subspan(filled));
        if (count == 0) break;  // the file became shorter than it was
        filled += count;
    }
    return filled;
}

}  // namespace kedge::transports
