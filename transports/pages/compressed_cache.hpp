#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <kedge/engine/keyed_hash.hpp>

namespace kedge::transports {

/// Compressed files, kept so that each is compressed once and not once per request. Bounded in bytes, the
/// oldest go first; and in the work of a second, since clients may ask for more files than can be kept, and
/// others wait while one is compressed. Shared by all workers.
class compressed_cache {
  public:
    using bytes = std::shared_ptr<const std::string>;
    using clock = std::chrono::steady_clock;

    explicit compressed_cache(std::size_t most_bytes) noexcept : most_bytes_(most_bytes) {}

    /// The bytes kept under a key, or what `make` makes of `size` bytes, which is then kept. Null, and the
    /// file is sent as it is, when that was null or too large to be kept, now or earlier, or when enough was
    /// made in this second.
    bytes find_or_make(const std::string& key, std::size_t size, const std::function<bytes()>& make,
                       clock::time_point now = clock::now());

  private:
    bool may_make(std::size_t size, clock::time_point now) noexcept;
    void keep(const std::string& key, const bytes& made);

    std::mutex lock_;
    engine::keyed_map<std::string, bytes> kept_;
    std::deque<std::string> order_;
    std::size_t size_ = 0;
    std::size_t most_bytes_;
    clock::time_point second_{};  // when it began
    std::size_t made_in_it_ = 0;  // of so many bytes
};

}  // namespace kedge::transports
