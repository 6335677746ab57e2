#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/session/options.hpp>

namespace kedge::stomp {

/// The transactions that a client has open, and the frames that wait for their ends.
class transactions {
  public:
    explicit transactions(const options& terms) noexcept : terms_(terms) {}

    std::optional<refusal> begin(std::string_view name);
    /// Keeps a frame until its transaction ends.
    std::optional<refusal> hold(frame& got);
    /// Ends one, and gives back what waited; nothing when it is not open.
    std::optional<std::vector<frame>> end(std::string_view name);
    void clear() noexcept;

  private:
    struct open {
        std::vector<frame> frames;
        std::size_t bytes = 0;
    };

    const options& terms_;
    std::map<std::string, open, std::less<>> open_;
    std::size_t held_bytes_ = 0;
};

}  // namespace kedge::stomp
