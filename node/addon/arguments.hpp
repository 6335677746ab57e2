#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <node_api.h>

namespace kedge::node {

/// The arguments of one call from JavaScript. What is missing or of another type counts as nothing.
class arguments final {
  public:
    static constexpr std::size_t most = 6;

    arguments(napi_env env, napi_callback_info info) noexcept;

    void* data() const noexcept { return data_; }
    napi_value at(std::size_t index) const noexcept { return values_[index]; }
    std::uint32_t number(std::size_t index) const noexcept;
    double real(std::size_t index) const noexcept;
    /// The number of a property; nothing when it is not a number.
    std::optional<int> member(std::size_t index, const char* name) const noexcept;
    bool is_object(std::size_t index) const noexcept;
    /// The text as UTF-8, in a buffer of this thread: good until the next call.
    std::string_view text(std::size_t index) const;
    /// The bytes of a Buffer.
    std::string_view bytes(std::size_t index) const noexcept;

  private:
    napi_env env_;
    void* data_ = nullptr;
    std::array<napi_value, most> values_{};
};

}  // namespace kedge::node
