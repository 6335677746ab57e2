#include <kedge/transports/net/rope.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace kedge::transports {

namespace {

constexpr std::size_t kept_capacity = 32 * 1024;  // of a pooled text; larger ones go back to the heap
constexpr std::size_t compact_above = 64 * 1024;
constexpr std::size_t compact_pieces = 256;

}  // namespace

void rope::share(std::string_view bytes, const engine::message_ptr& keep) {
    if (bytes.empty()) return;
    shared_.push_back({text_.size(), bytes, engine::waiting_message(keep)});
    shared_size_ += bytes.size();
}

/// Visits the pieces in order until `visit` returns false.
template <class Visit>
void rope::each_piece(Visit&& visit) const {
    std::size_t at = text_sent_;
    for (std::size_t i = first_shared_; i < shared_.size(); ++i) {
        const piece& next = shared_[i];
        if (next.after > at && !visit(std::string_view(text_).substr(at, next.after - at))) return;
        at = next.after;
        if (!visit(next.bytes)) return;
    }
    if (at < text_.size()) visit(std::string_view(text_).substr(at));
}

std::size_t rope::gather(std::span<iovec> into) const noexcept {
    std::size_t count = 0;
    each_piece([&](std::string_view bytes) {
        if (count == into.size()) return false;
        into[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
        return true;
    });
    return count;
}

std::string_view rope::front(std::span<char> scratch) const noexcept {
    std::string_view direct;
    std::size_t filled = 0;
    each_piece([&](std::string_view bytes) {
        if (filled == 0 && (bytes.size() >= scratch.size() || bytes.size() == size())) {
            direct = bytes.substr(0, scratch.size());
            return false;
        }
        const std::size_t part = std::min(bytes.size(), scratch.size() - filled);
        std::memcpy(scratch.data() + filled, bytes.data(), part);
        filled += part;
        return filled < scratch.size();
    });
    return direct.empty() ? std::string_view(scratch.data(), filled) : direct;
}

void rope::consume(std::size_t count) noexcept {
    while (count > 0) {
        const bool shared_left = first_shared_ < shared_.size();
        const std::size_t text_end = shared_left ? shared_[first_shared_].after : text_.size();
        const std::size_t from_text = std::min(count, text_end - text_sent_);
        text_sent_ += from_text;
        count -= from_text;
        if (count == 0) break;
        piece& first = shared_[first_shared_];
        const std::size_t from_shared = std::min(count, first.bytes.size());
        first.bytes.remove_prefix(from_shared);
        shared_size_ -= from_shared;
        count -= from_shared;
        if (!first.bytes.empty()) break;
        first.keep.reset();
        ++first_shared_;
    }
    if (empty())
        clear();
    else
        compact();
}

/// Drops what was sent, rarely enough that the moving costs constant time per byte.
void rope::compact() noexcept {
    if (first_shared_ >= compact_pieces && first_shared_ >= shared_.size() / 2) {
        shared_.erase(shared_.begin(), shared_.begin() + static_cast<std::ptrdiff_t>(first_shared_));
        first_shared_ = 0;
    }
    if (text_sent_ < compact_above || text_sent_ < text_.size() / 2) return;
    text_.erase(0, text_sent_);
    for (std::size_t i = first_shared_; i < shared_.size(); ++i) shared_[i].after -= text_sent_;
    text_sent_ = 0;
}

void rope::clear() noexcept {
    if (text_.capacity() > kept_capacity)
        std::string().swap(text_);
    else
        text_.clear();
    if (shared_.capacity() > 64)
        std::vector<piece>().swap(shared_);
    else
        shared_.clear();
    text_sent_ = 0;
    shared_size_ = 0;
    first_shared_ = 0;
    counted_.set(0);
}

std::string rope::flatten() const {
    std::string all;
    all.reserve(size());
    each_piece([&](std::string_view bytes) {
        all += bytes;
        return true;
    });
    return all;
}

void stream_buffers::clear() noexcept {
    out.clear();
    std::string().swap(unread);
    counted.set(0);
    outlet.reset();
}

}  // namespace kedge::transports
