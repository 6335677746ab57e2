#pragma once

#include <string>
#include <string_view>

namespace bench {

/// Where answers begin and end in what a keep-alive connection receives, on which the next request is sent
/// when an answer is over. Bodies are handed on as they come, the sizes of chunks among them.
class http_stream {
  public:
    /// Calls `piece(bytes)` for what comes of a body, and `whole()` at its end; false when an answer is no
    /// success.
    template <class Piece, class Whole>
    bool feed(std::string_view bytes, Piece piece, Whole whole) {
        if (!in_body_ && !take_head(bytes)) return succeeded_;
        const bool over = take_body(bytes);
        piece(bytes);
        if (over) whole();
        return true;
    }

  private:
    /// Whether the head is there and says success; `bytes` are then what lies behind it.
    bool take_head(std::string_view& bytes);
    /// Whether the body ends with these.
    bool take_body(std::string_view bytes);

    std::string head_;
    std::string tail_;  // of a body in chunks
    std::size_t left_ = 0;
    bool chunked_ = false;
    bool in_body_ = false;
    bool succeeded_ = true;
};

}  // namespace bench
