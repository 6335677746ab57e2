#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace kedge {

/// Keeps copies of short texts in place until it is cleared: for what a decoder has to write itself because
/// it is not in the bytes that it reads.
class text_arena {
  public:
    std::string_view keep(std::string_view text);
    void clear() noexcept;

  private:
    static constexpr std::size_t block_size = 4096;

    std::vector<std::unique_ptr<char[]>> blocks_;
    char* next_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace kedge
