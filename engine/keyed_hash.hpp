#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace kedge::engine {

/// What a hash cannot be foretold without.
struct hash_secret {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// SipHash-1-3 of a text.
std::uint64_t siphash(const hash_secret& secret, std::string_view text) noexcept;

class hashed_text;

/// The hash of every table whose keys a stranger may choose: with a secret that each process draws for
/// itself, so that nobody can make keys that collide.
struct keyed_hash {
    using is_transparent = void;
    // Not noexcept: only then does libstdc++ keep the hashes in its tables, instead of making them anew.
    std::size_t operator()(std::string_view text) const { return of(text); }
    std::size_t operator()(const hashed_text& known) const;

    static std::size_t of(std::string_view text) noexcept;
};

/// A text with its hash, for who looks it up in several tables. It does not own the text.
class hashed_text {
  public:
    explicit hashed_text(std::string_view text) noexcept : text_(text), hash_(keyed_hash::of(text)) {}
    std::string_view text() const noexcept { return text_; }
    std::size_t hash() const noexcept { return hash_; }

  private:
    std::string_view text_;
    std::size_t hash_;
};

inline bool operator==(std::string_view one, const hashed_text& other) noexcept {
    return one == other.text();
}

inline std::size_t keyed_hash::operator()(const hashed_text& known) const {
    return known.hash();
}

/// Tables of texts, searched by std::string_view or hashed_text. script/check_includes refuses others.
template <class Key, class Value>
using keyed_map = std::unordered_map<Key, Value, keyed_hash, std::equal_to<>>;
template <class Key>
using keyed_set = std::unordered_set<Key, keyed_hash, std::equal_to<>>;

}  // namespace kedge::engine
