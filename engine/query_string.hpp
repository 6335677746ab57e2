#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::engine {

/// One pair of a query string or form, still encoded.
struct query_item {
    std::string_view key;
    std::string_view value;
};

/// Reads the pairs of a query string or an urlencoded form one by one, by the rules of URLSearchParams.
class query_reader {
  public:
    explicit query_reader(std::string_view text) noexcept : rest_(text) {}
    /// False when there are no more.
    bool next(query_item& into) noexcept;

  private:
    std::string_view rest_;
};

/// Whether keys and values stand for themselves as they are, as nearly all do: nothing is encoded, and all of
/// it ASCII.
bool needs_no_decoding(std::string_view text) noexcept;

/// Decodes a key or a value: + is a space, %XX a byte, a % that begins no such thing is itself, and what is
/// not UTF-8 in the end becomes U+FFFD.
std::string form_decoded(std::string_view text);

/// All pairs of a query string or form, decoded, each key once with its last value, in order of first
/// appearance.
std::vector<std::pair<std::string, std::string>> form_items(std::string_view text);

}  // namespace kedge::engine
