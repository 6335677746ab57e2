#pragma once

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/events/deferred.hpp>

// Kedge for programs that use Asio: executors, and completion tokens for whatever takes time.
//
//     std::future<std::vector<kedge::remote_socket>> all = io.fetch_sockets()(boost::asio::use_future);
//     socket.timeout(2s).emit_with_ack("ready?")(
//         [](boost::system::error_code error, kedge::value answer) { … });
//
// The tokens of all operations are called with an error_code first, and then with the operation's result. An
// answer that did not come is an error of ack_category(); operations can be cancelled, and then complete with
// boost::asio::error::operation_aborted.

namespace kedge::transports {
struct close_options;
}

namespace kedge {

class desk;
class hub;
class nsp;
class server;
class socket;

/// Asio's executor of one of the server's workers: the thread of a socket, on which its handlers run. Work
/// runs in a turn of the worker, so that all it sends leaves at once. What is given to a server that has gone
/// is dropped.
class executor {
  public:
    executor(std::shared_ptr<hub> keep, desk& home) noexcept : keep_(std::move(keep)), home_(&home) {}

    // What Asio asks of an executor.
    boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept;
    boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept;
    executor require(boost::asio::execution::blocking_t::possibly_t) const noexcept { return with(true); }
    executor require(boost::asio::execution::blocking_t::never_t) const noexcept { return with(false); }
    template <class F>
    void execute(F&& f) const {
        run(engine::task(std::forward<F>(f)));
    }
    friend bool operator==(const executor& a, const executor& b) noexcept {
        return a.home_ == b.home_ && a.may_block_ == b.may_block_;
    }
    friend bool operator!=(const executor& a, const executor& b) noexcept { return !(a == b); }

  private:
    executor with(bool blocking) const noexcept {
        auto made = *this;
        made.may_block_ = blocking;
        return made;
    }
    void run(engine::task work) const;

    std::shared_ptr<hub> keep_;
    desk* home_;
    bool may_block_ = true;
};

/// The thread on which the socket's handlers run.
executor executor_of(const socket& which);
/// The server's first worker; also for the namespaces of a server.
executor executor_of(const nsp& which);

/// Closes the server as server::close() does; completes when it is closed.
deferred<> close(server& which);
deferred<> close(server& which, transports::close_options how);

/// The category of errors that are an ack_error.
const boost::system::error_category& ack_category() noexcept;
inline boost::system::error_code make_error_code(ack_error::cause why) noexcept {
    return {static_cast<int>(why), ack_category()};
}

/// The executor of a handler that has none.
struct nowhere {};

/// One start of a deferred operation: calls its handler once, where it wants to be called.
template <class Handler, class... Results>
class started_operation : public std::enable_shared_from_this<started_operation<Handler, Results...>> {
    using executor_type = boost::asio::associated_executor_t<Handler, nowhere>;
    static constexpr bool has_executor = !std::is_same_v<executor_type, nowhere>;

    struct no_work {
        explicit no_work(nowhere) noexcept {}
    };
    using work =
        typename std::conditional_t<has_executor,
                                    std::type_identity<boost::asio::executor_work_guard<executor_type>>,
                                    std::type_identity<no_work>>::type;

  public:
    explicit started_operation(Handler handler)
        : executor_(boost::asio::associated_executor<Handler, nowhere>::get(handler, nowhere{})),
          work_(executor_),
          handler_(std::move(handler)) {}

    /// Lets the handler's owner cancel it.
    void make_cancellable() {
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if constexpr (has_executor) {
            if (!slot.is_connected()) return;
            slot.assign([weak = this->weak_from_this()](boost::asio::cancellation_type) {
                if (auto self = weak.lock())
                    self->finish(boost::asio::error::operation_aborted, Results()...);
            });
        }
    }

    /// The operation is over. From any thread; the first call counts.
    void finish(boost::system::error_code error, Results... results) {
        if constexpr (has_executor) {
            boost::asio::post(executor_, [self = this->shared_from_this(), error,
                                          kept = std::tuple<Results...>(std::move(results)...)]() mutable {
                std::apply([&](Results&... each) { self->call(error, std::move(each)...); }, kept);
            });
        } else {
            call(error, std::move(results)...);
        }
    }

  private:
    void call(boost::system::error_code error, Results... results) {
        if (!handler_) return;
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected()) slot.clear();
        auto handler = std::move(*handler_);
        handler_.reset();
        std::move(handler)(error, std::move(results)...);
    }

    executor_type executor_;
    work work_;
    std::optional<Handler> handler_;
};

/// Whether a T can be the token of an operation with these results.
template <class T, class... Results>
concept token_for = (!std::is_pointer_v<std::decay_t<T>> ||
                     std::is_invocable_v<std::decay_t<T>&, boost::system::error_code, Results...>)&&boost::
    asio::completion_token_for<T, void(boost::system::error_code, Results...)>;

/// Starts an operation, for deferred::operator().
template <class... Results, token_for<Results...> Token>
auto start_with(deferred<Results...> operation, Token&& token) {
    const auto start = [](auto handler, deferred<Results...> op) {
        using started = started_operation<decltype(handler), Results...>;
        const auto made = std::make_shared<started>(std::move(handler));
        made->make_cancellable();
        std::move(op).then([made](Results... results) { made->finish({}, std::move(results)...); });
    };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, Results...)>(
        start, token, std::move(operation));
}

/// The same for those whose error says why there is no answer.
template <class... Results, token_for<Results...> Token>
auto start_with(deferred<ack_error, Results...> operation, Token&& token) {
    const auto start = [](auto handler, deferred<ack_error, Results...> op) {
        using started = started_operation<decltype(handler), Results...>;
        const auto made = std::make_shared<started>(std::move(handler));
        made->make_cancellable();
        std::move(op).then([made](ack_error error, Results... results) {
            made->finish(error ? make_error_code(error.why()) : boost::system::error_code(),
                         std::move(results)...);
        });
    };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, Results...)>(
        start, token, std::move(operation));
}

}  // namespace kedge

template <>
struct boost::system::is_error_code_enum<kedge::ack_error::cause> : std::true_type {};
