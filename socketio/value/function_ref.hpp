#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace kedge {

template <class Signature>
class function_ref;

/// A borrowed callable: two words, no allocation. It must not outlive what it was made from, so it serves as
/// a parameter only.
template <class Result, class... Args>
class function_ref<Result(Args...)> {
  public:
    function_ref() noexcept = default;
    function_ref(std::nullptr_t) noexcept {}

    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> &&
             std::is_invocable_r_v<Result, F&, Args...>) function_ref(F&& f)
    noexcept
        : object_(const_cast<void*>(static_cast<const volatile void*>(std::addressof(f)))),
          call_([](void* object, Args... args) -> Result {
              return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
          }) {}

    explicit operator bool() const noexcept { return call_ != nullptr; }
    Result operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

  private:
    void* object_ = nullptr;
    Result (*call_)(void*, Args...) = nullptr;
};

}  // namespace kedge
