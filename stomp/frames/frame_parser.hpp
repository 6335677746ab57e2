#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/stomp/frames/frame.hpp>

namespace kedge::stomp {

/// What one peer may send; beyond it the connection ends.
struct frame_limits {
    std::size_t head = 64 * 1024;  ///< bytes of the command and the headers
    std::size_t headers = 100;     ///< how many there may be, repeated ones counted
    std::size_t body = 1'000'000;  ///< bytes
};

/// Reads frames from a stream of bytes that may be cut anywhere.
class frame_parser {
  public:
    enum class outcome : std::uint8_t {
        need_more,   ///< all was used, and no frame is complete
        frame,       ///< read() has one
        heart_beat,  ///< a line end between two frames
        broken,      ///< what came is no STOMP: problem() says why, and nothing more can be read
    };

    explicit frame_parser(frame_limits limits) noexcept : limits_(limits) {}

    /// Uses bytes from the front of `input`, up to the end of a frame at most.
    outcome feed(std::string_view& input);

    /// The frame that was just read.
    frame& read() noexcept { return frame_; }
    std::string_view problem() const noexcept { return problem_; }
    /// By which rules the headers behind are read. 1.2 until it is said otherwise.
    void speak(version agreed) noexcept { version_ = agreed; }
    /// Whether a frame has begun and not ended.
    bool within_frame() const noexcept { return where_ != place::between; }

  private:
    enum class place : std::uint8_t { between, command, headers, body, end, nowhere };

    outcome feed_between(std::string_view& input);
    outcome feed_line(std::string_view& input);
    outcome feed_body(std::string_view& input);
    outcome feed_end(std::string_view& input);
    outcome on_line();
    outcome on_header();
    outcome on_head_end();
    outcome fail(std::string_view why);
    bool escapes() const noexcept;

    frame_limits limits_;
    version version_ = version::v1_2;
    place where_ = place::between;
    std::string line_;
    std::size_t head_size_ = 0;
    std::size_t header_lines_ = 0;
    std::optional<std::size_t> length_;  // of the body, where it was told
    frame frame_;
    std::string_view problem_;
};

}  // namespace kedge::stomp
