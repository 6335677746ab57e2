#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <kedge/socketio/events/ack.hpp>
#include <kedge/socketio/events/connect_error.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/events/listener.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/face/asio.hpp>
#include <kedge/socketio/value/arguments.hpp>

// Coroutines as handlers and middlewares, and co_await on whatever takes time.
//
//     socket.on("ask", [socket](std::string what) -> boost::asio::awaitable<std::string> {
//         auto answer = co_await socket.timeout(5s).emit_with_ack("question", what);
//         co_return answer.as_string();   // the answer to "ask"
//     });
//
// A handler runs up to its first co_await at once, and goes on on its socket's thread. It is cancelled when
// the socket goes (its co_await throws boost::asio::error::operation_aborted); what it captured lives until
// then. An exception that leaves it is reported to on_error. co_await throws boost::system::system_error when
// there is no result; the answers to a broadcast that came in time are then had by
// `co_await op(boost::asio::as_tuple(boost::asio::use_awaitable))`.
//
// With g++ 12.2 keep braced lists and aggregate temporaries out of co_await expressions: it destroys them
// twice. Name them before: `const kedge::room_names rooms{"red", "blue"};`.

namespace kedge {

/// Something that runs for a socket, or for the server, until it ends or the socket goes.
class errand : public std::enable_shared_from_this<errand> {
  public:
    using failure = engine::unique_function<void(std::exception_ptr)>;

    /// For a socket, or with null for the server of a namespace. `failed` is told what it throws.
    /// `about`: the event that is handled, if it is one.
    errand(nsp_state& where, std::shared_ptr<socket_state> whom, failure failed, kept_bytes about = {});

    /// Starts it. `keep` is what the coroutine stands on.
    template <class Executor>
    void start(std::shared_ptr<const void> keep, boost::asio::awaitable<void, Executor> work) {
        take_place();
        boost::asio::co_spawn(
            home_, std::move(work),
            boost::asio::bind_cancellation_slot(
                cancel_.slot(), [self = shared_from_this(), keep = std::move(keep)](
                                    std::exception_ptr thrown) { self->on_end(std::move(thrown)); }));
    }

  private:
    void take_place();
    void on_end(std::exception_ptr thrown);

    std::shared_ptr<socket_state> whom_;
    executor home_;
    failure failed_;
    kept_bytes about_;
    boost::asio::cancellation_signal cancel_;
    listener place_{};
};

/// Whom a handler was called for, or null.
std::shared_ptr<socket_state> socket_of(const handler_context& context);
nsp_state& nsp_of(const socket_state& whom);

/// Whom an exception is told that left a coroutine: on_error, but for those that only say that the socket has
/// gone.
errand::failure report_of(nsp_state& where, std::shared_ptr<socket_state> whom, std::string_view event);
/// The same for a middleware, which refuses by throwing.
errand::failure refusal_of(std::shared_ptr<socket_state> whom, std::string_view event, next go_on);

template <class T, class Executor>
boost::asio::awaitable<void, Executor> answer_with(boost::asio::awaitable<T, Executor> work, ack answer) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
    } else {
        const T result = co_await std::move(work);
        answer(result);
    }
}

template <class T, class Executor>
boost::asio::awaitable<void, Executor> go_on_after(boost::asio::awaitable<T, Executor> work, next go_on) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
        go_on();
    } else {
        std::optional<connect_error> refusal = co_await std::move(work);
        if (refusal)
            go_on(std::move(*refusal));
        else
            go_on();
    }
}

/// Awaitables as results of handlers: what is co_returned is the answer.
template <class T, class Executor>
struct deferred_result<boost::asio::awaitable<T, Executor>> : std::true_type {
    using awaitable = boost::asio::awaitable<T, Executor>;

    /// An event's handler.
    static void start(call_context& from, std::shared_ptr<const void> keep, awaitable work) {
        static_assert(std::is_void_v<T> || emittable<T>, "what a handler co_returns is sent as the answer");
        auto& context = static_cast<handler_context&>(from);
        auto about = context.keep_bytes();
        if (!about) return;
        auto whom = socket_of(context);
        auto failed = report_of(context.where(), whom, context.event());
        std::make_shared<errand>(context.where(), std::move(whom), std::move(failed), std::move(*about))
            ->start(std::move(keep), answer_with(std::move(work), context.answer()));
    }
    /// What is done when a socket has come.
    static void accompany(std::shared_ptr<socket_state> whom, std::string_view event,
                          std::shared_ptr<const void> keep, awaitable work) {
        auto failed = report_of(nsp_of(*whom), whom, event);
        std::make_shared<errand>(nsp_of(*whom), whom, std::move(failed))
            ->start(std::move(keep), answer_with(std::move(work), ack()));
    }
    /// A middleware: passes on when it ends, refuses by throwing kedge::connect_error or co_returning one.
    static void decide(std::shared_ptr<socket_state> whom, std::string_view event,
                       std::shared_ptr<const void> keep, awaitable work, const next& go_on) {
        static_assert(std::is_void_v<T> || std::is_same_v<T, std::optional<connect_error>>,
                      "a middleware co_returns nothing, or std::optional<kedge::connect_error>");
        auto failed = refusal_of(whom, event, go_on);
        std::make_shared<errand>(nsp_of(*whom), whom, std::move(failed))
            ->start(std::move(keep), go_on_after(std::move(work), go_on));
    }
};

}  // namespace kedge
