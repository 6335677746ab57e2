#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace kedge {

/// Bytes to emit: `emit("image", kedge::binary(png))` with whatever holds bytes contiguously (std::string,
/// std::vector<unsigned char>, …). Borrowed: they must live until `emit` returns.
class binary {
  public:
    binary(const void* data, std::size_t size) noexcept : bytes_(static_cast<const std::byte*>(data), size) {}

    template <class Bytes>
    requires requires(const Bytes& from) {
        { from.size() } -> std::convertible_to<std::size_t>;
        requires sizeof(*from.data()) == 1;
        requires std::is_trivially_copyable_v<std::remove_cvref_t<decltype(*from.data())>>;
    }
    explicit binary(const Bytes& from) noexcept : binary(from.data(), from.size()) {}

    std::span<const std::byte> bytes() const noexcept { return bytes_; }

  private:
    std::span<const std::byte> bytes_;
};

}  // namespace kedge
