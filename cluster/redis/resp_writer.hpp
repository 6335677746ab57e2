#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace kedge::cluster {

/// Appends a command in the form in which Redis takes it, whatever bytes its words have.
void append_command(std::string& out, std::span<const std::string_view> words);
inline void append_command(std::string& out, std::initializer_list<std::string_view> words) {
    append_command(out, std::span(words.begin(), words.size()));
}
inline std::string make_command(std::initializer_list<std::string_view> words) {
    std::string made;
    append_command(made, words);
    return made;
}

}  // namespace kedge::cluster
