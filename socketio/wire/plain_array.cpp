#include <kedge/socketio/wire/plain_array.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include <kedge/engine/byte_block.hpp>

namespace kedge {
namespace {

constexpr signed char first_text = 0x20;

/// What ends a string, or does not stand in one as it is. Bytes above ASCII are negative, and stand.
engine::byte_block string_ends(const engine::byte_block& block) {
    return ((block >= 0) & (block < first_text)) | (block == '"') | (block == '\\');
}

bool ends_string(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Reads piece by piece; each step is false when the text is not plain.
class plain_reader {
  public:
    plain_reader(std::string_view text, std::size_t max_depth, tape& to)
        : at_(text.data()), end_(at_ + text.size()), max_depth_(max_depth), to_(to) {}

    bool read() {
        if (!begin_arrays()) return false;
        while (read_value()) {
            if (!end_arrays()) return at_ == end_;
            if (!take(',')) return false;
            if (at_ != end_ && *at_ == '[' && !begin_arrays()) return false;
        }
        return false;
    }

  private:
    bool begin_arrays() {
        const std::size_t before = to_.depth();
        for (; take('['); to_.begin_array())
            if (to_.depth() == max_depth_) return false;
        return to_.depth() != before;
    }

    /// Whether one is still open.
    bool end_arrays() {
        while (to_.depth() != 0 && take(']')) to_.end_array();
        return to_.depth() != 0;
    }

    bool take(char wanted) {
        if (at_ == end_ || *at_ != wanted) return false;
        ++at_;
        return true;
    }

    bool read_value() { return take('"') ? read_string() : read_number(); }

    bool read_string() {
        const char* const begin = at_;
        skip_plain();
        to_.string({begin, static_cast<std::size_t>(at_ - begin)});
        return take('"');
    }

    void skip_plain() {
        constexpr std::size_t step = engine::byte_block_size;
        for (; static_cast<std::size_t>(end_ - at_) >= step; at_ += step) {
            const std::size_t first = engine::first_high_bit(string_ends(engine::load_block(at_)));
            if (first < step) return static_cast<void>(at_ += first);
        }
        while (at_ != end_ && !ends_string(*at_)) ++at_;
    }

    /// A zero by itself; what else begins with one is looked at more closely elsewhere.
    bool read_number() {
        if (at_ != end_ && *at_ == '0') return ++at_, to_.integer(0), true;
        const char* const first = at_ != end_ && *at_ == '-' ? at_ + 1 : at_;
        if (first == end_ || *first < '1' || *first > '9') return false;
        std::int64_t number = 0;
        const auto read = std::from_chars(at_, end_, number);
        if (read.ec != std::errc()) return false;
        at_ = read.ptr;
        to_.integer(number);
        return true;
    }

    const char* at_;
    const char* end_;
    std::size_t max_depth_;
    tape& to_;
};

}  // namespace

bool read_plain_array(std::string_view text, std::size_t max_depth, tape& to) {
    if (plain_reader(text, max_depth, to).read()) return true;
    to.clear();
    return false;
}

}  // namespace kedge
