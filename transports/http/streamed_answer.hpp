#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/loop/door.hpp>

namespace kedge::transports {

/// What the handles of a streamed answer share. The connection's thread has the connection; the others post
/// what they want to it. While the answer is under way it keeps itself.
class streamed_answer final : public answer_writer, public std::enable_shared_from_this<streamed_answer> {
  public:
    streamed_answer(door_ptr way, std::size_t bytes_allowed) noexcept
        : way_(std::move(way)), bytes_allowed_(bytes_allowed) {}

    // From any thread.

    bool write(std::string piece);
    void end();
    void cut();
    std::size_t unsent() const noexcept { return queued_.load() + kept_.load(); }
    bool over() const noexcept { return over_.load(); }
    void when_drained(std::function<void()> tell);
    void when_gone(std::function<void()> tell);
    /// There is nobody to answer.
    void give_up();

    // On the connection's thread.

    void begin(connection& to, int status);

  private:
    enum class state : unsigned char { waiting, under_way, ended, gone };

    void on_drain(connection& to) override;
    void on_gone(connection& to) override;

    template <class F>
    void post(F f);
    void flush();
    void pass_on(const std::string& piece);
    void finish();
    void abort();
    void lose();
    void leave(state how);
    void tell(const std::function<void()>& whom);

    door_ptr way_;
    const std::size_t bytes_allowed_;
    std::mutex lock_;
    std::vector<std::string> queue_;      // on its way to the connection's thread, in order
    std::atomic<std::size_t> queued_{0};  // its bytes
    std::atomic<std::size_t> kept_{0};    // bytes that the kernel has not taken
    std::atomic<bool> over_{false};

    // Of the connection's thread.
    state state_ = state::waiting;
    bool ends_early_ = false;   // end() came before begin()
    connection* to_ = nullptr;  // while it is under way
    std::function<void()> drained_;
    std::function<void()> gone_;
    std::shared_ptr<streamed_answer> self_;
};

/// Begins an answer, or gives it up when it is dropped before.
class stream_beginning {
  public:
    explicit stream_beginning(std::shared_ptr<streamed_answer> of) noexcept : of_(std::move(of)) {}
    ~stream_beginning() {
        if (of_) of_->give_up();
    }
    stream_beginning(stream_beginning&&) noexcept = default;
    stream_beginning& operator=(stream_beginning&&) = delete;

    void begin(connection& to, int status) { std::exchange(of_, nullptr)->begin(to, status); }

  private:
    std::shared_ptr<streamed_answer> of_;
};

}  // namespace kedge::transports
