#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kedge::transports {

/// Compressed files, kept so that each is compressed once and not once per request. Bounded in bytes; the
/// oldest go first. Shared by all workers.
class compressed_cache {
  public:
    using bytes = std::shared_ptr<const std::string>;

    explicit compressed_cache(std::size_t most_bytes) noexcept : most_bytes_(most_bytes) {}

    /// The bytes kept under a key, or what `make` returns, which is then kept. Null when `make` returned
    /// null.
    bytes find_or_make(const std::string& key, const std::function<bytes()>& make);

  private:
    void keep(const std::string& key, const bytes& made);

    std::mutex lock_;
    std::unordered_map<std::string, bytes> kept_;
    std::deque<std::string> order_;
    std::size_t size_ = 0;
    std::size_t most_bytes_;
};

}  // namespace kedge::transports
