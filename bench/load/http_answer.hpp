#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace bench {

/// What a head says; 0 when it says nothing.
std::size_t content_length(std::string_view head);

/// Finds the answers in what a keep-alive connection receives.
class http_answer {
  public:
    /// Calls `whole(body)` for each answer that is complete; false when one is not a 200.
    template <class Whole>
    bool feed(std::string_view bytes, Whole whole) {
        // Nearly always an answer arrives in one piece: then nothing is copied.
        if (incomplete_.empty()) return take(bytes, whole) && (incomplete_.assign(bytes), true);
        incomplete_ += bytes;
        const std::string all = std::move(incomplete_);
        incomplete_.clear();
        std::string_view left = all;
        return take(left, whole) && (incomplete_.assign(left), true);
    }

  private:
    /// The size of head and body at the beginning of `bytes`; 0 while it is not known or not all there.
    static std::size_t size(std::string_view bytes, std::size_t& head);

    template <class Whole>
    static bool take(std::string_view& bytes, Whole& whole) {
        std::size_t head = 0;
        while (const auto all = size(bytes, head)) {
            if (bytes.rfind("HTTP/1.1 200 ", 0) != 0) return false;
            const auto body = bytes.substr(head, all - head);
            bytes.remove_prefix(all);
            whole(body);
        }
        return true;
    }

    std::string incomplete_;
};

}  // namespace bench
