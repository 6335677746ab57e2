#pragma once

#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::test {

/// A client's end of permessage-deflate, by zlib itself.
class zlib_codec {
  public:
    /// How far each side may look back, and whether it forgets what it said after each message.
    struct terms {
        int out_window_bits = 15;
        int in_window_bits = 15;
        bool out_forgets = false;
        bool in_forgets = false;
    };

    explicit zlib_codec(const terms& how) : how_(how) {
        deflateInit2(&out_, 6, Z_DEFLATED, -how.out_window_bits, 8, Z_DEFAULT_STRATEGY);
        inflateInit2(&in_, -how.in_window_bits);
    }
    zlib_codec() : zlib_codec(terms()) {}
    zlib_codec(const zlib_codec&) = delete;
    zlib_codec& operator=(const zlib_codec&) = delete;
    ~zlib_codec() {
        deflateEnd(&out_);
        inflateEnd(&in_);
    }

    std::string deflated(std::string_view message) {
        if (message.empty()) return std::string(1, '\0');  // an empty block: zlib flushes nothing twice
        std::string bytes =
            run(out_, message, [](z_stream& state) { return ::deflate(&state, Z_SYNC_FLUSH); });
        if (how_.out_forgets) deflateReset(&out_);
        return bytes.substr(0, bytes.size() - tail.size());
    }
    std::string inflated(std::string_view payload) {
        std::string message = run(in_, std::string(payload).append(tail),
                                  [](z_stream& state) { return ::inflate(&state, Z_SYNC_FLUSH); });
        if (how_.in_forgets) inflateReset(&in_);
        return message;
    }

  private:
    static constexpr std::string_view tail{"\x00\x00\xff\xff", 4};

    template <class Step>
    static std::string run(z_stream& state, std::string_view from, Step step) {
        std::string all;
        char piece[16384];
        state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
        state.avail_in = static_cast<uInt>(from.size());
        do {
            state.next_out = reinterpret_cast<Bytef*>(piece);
            state.avail_out = sizeof piece;
            const int result = step(state);
            all.append(piece, sizeof piece - state.avail_out);
            if (result != Z_OK && result != Z_BUF_ERROR) return "zlib failed";
        } while (state.avail_out == 0);
        return all;
    }

    terms how_;
    z_stream out_{};
    z_stream in_{};
};

}  // namespace kedge::test
