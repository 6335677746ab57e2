#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace kedge::engine {

template <class Signature>
class unique_function;

/// A callable that is moved, never copied, so that it may own what it will finish (a connection, a promise).
/// Callables of up to three words live inside it and cost no allocation.
template <class Result, class... Args>
class unique_function<Result(Args...)> {
    static constexpr std::size_t inline_size = 3 * sizeof(void*);

    struct operations {
        Result (*call)(void*, Args&&...);
        void (*relocate)(void* from, void* to) noexcept;
        void (*destroy)(void*) noexcept;
    };

    template <class F>
    static constexpr bool fits_inline =
        sizeof(F) <= inline_size && alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

    template <class F>
    static constexpr operations inline_operations = {
        [](void* self, Args&&... args) -> Result {
            return std::invoke(*static_cast<F*>(self), std::forward<Args>(args)...);
        },
        [](void* from, void* to) noexcept {
            ::new (to) F(std::move(*static_cast<F*>(from)));
            static_cast<F*>(from)->~F();
        },
        [](void* self) noexcept { static_cast<F*>(self)->~F(); }};

    template <class F>
    static constexpr operations heap_operations = {
        [](void* self, Args&&... args) -> Result {
            return std::invoke(**static_cast<F**>(self), std::forward<Args>(args)...);
        },
        [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
        [](void* self) noexcept { delete *static_cast<F**>(self); }};

  public:
    unique_function() noexcept = default;
    unique_function(std::nullptr_t) noexcept {}

    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, unique_function> &&
             std::is_invocable_r_v<Result, std::decay_t<F>&, Args...>) unique_function(F&& f) {
        using stored = std::decay_t<F>;
        if constexpr (fits_inline<stored>) {
            ::new (storage()) stored(std::forward<F>(f));
            operations_ = &inline_operations<stored>;
        } else {
            ::new (storage()) stored*(new stored(std::forward<F>(f)));
            operations_ = &heap_operations<stored>;
        }
    }

    unique_function(unique_function&& other) noexcept { take(other); }
    unique_function& operator=(unique_function&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    unique_function(const unique_function&) = delete;
    unique_function& operator=(const unique_function&) = delete;
    ~unique_function() { reset(); }

    explicit operator bool() const noexcept { return operations_ != nullptr; }

    Result operator()(Args... args) { return operations_->call(storage(), std::forward<Args>(args)...); }

    void reset() noexcept {
        if (operations_) std::exchange(operations_, nullptr)->destroy(storage());
    }

  private:
    void* storage() noexcept { return buffer_; }
    void take(unique_function& other) noexcept {
        if (!other.operations_) return;
        other.operations_->relocate(other.storage(), storage());
        operations_ = std::exchange(other.operations_, nullptr);
    }

    const operations* operations_ = nullptr;
    alignas(void*) std::byte buffer_[inline_size];
};

using task = unique_function<void()>;

}  // namespace kedge::engine
