#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <kedge/socketio/events/handler_check.hpp>
#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

/// A callable of the user's behind one interface.
class event_handler {
  public:
    virtual ~event_handler() = default;
    /// Converts the arguments and calls, or says which argument is wrong and does not call. What the callable
    /// throws comes out of here.
    virtual std::optional<argument_error> call(const items& from, call_context& context) = 0;
};

template <event_callable F>
class typed_event_handler final : public event_handler {
  public:
    explicit typed_event_handler(F f) : f_(std::move(f)) {}
    std::optional<argument_error> call(const items& from, call_context& context) override {
        return argument_binder<F>::call(f_, from, context);
    }

  private:
    F f_;
};

/// What such a handler has captured lives until its last answer.
template <event_callable F>
requires answers_later<F>
class typed_event_handler<F> final : public event_handler {
  public:
    explicit typed_event_handler(F f) : f_(std::make_shared<F>(std::move(f))) {}
    std::optional<argument_error> call(const items& from, call_context& context) override {
        const auto keep = f_;
        return argument_binder<F>::call(*keep, from, context, keep);
    }

  private:
    std::shared_ptr<F> f_;
};

template <event_callable F>
std::unique_ptr<event_handler> make_event_handler(F&& f) {
    return std::make_unique<typed_event_handler<std::decay_t<F>>>(std::forward<F>(f));
}

/// The same, shared; says what is wrong with what cannot be one.
template <class F>
std::shared_ptr<event_handler> share_event_handler(F&& f) {
    check_handler<F>();
    if constexpr (event_callable<F>)
        return std::make_shared<typed_event_handler<std::decay_t<F>>>(std::forward<F>(f));
    return nullptr;
}

/// A member function as a handler: `socket.on("say", kedge::bind(this, &room::say))`. The object must outlive
/// it.
template <class Object, class R, class... P>
auto bind(Object* object, R (Object::*member)(P...)) {
    return [object, member](P... args) -> R { return (object->*member)(std::forward<P>(args)...); };
}
template <class Object, class R, class... P>
auto bind(const Object* object, R (Object::*member)(P...) const) {
    return [object, member](P... args) -> R { return (object->*member)(std::forward<P>(args)...); };
}

}  // namespace kedge
