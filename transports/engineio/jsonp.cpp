#include <kedge/transports/engineio/jsonp.hpp>

#include <kedge/engine/json_string.hpp>
#include <kedge/engine/query_string.hpp>

namespace kedge::transports {

namespace {

/// Node's parser of forms looks at no more fields than this.
constexpr int max_fields = 1000;

/// U+2028 and U+2029 end a line in scripts, though not in JSON: copies a JSON string with them as escapes.
void append_as_script(std::string& to, std::string_view literal) {
    constexpr std::string_view common = "\xE2\x80";
    for (auto at = literal.find(common); at != std::string_view::npos; at = literal.find(common)) {
        const std::string_view character = literal.substr(at, 3);
        const bool separator = character.ends_with('\xA8') || character.ends_with('\xA9');
        to.append(literal.substr(0, at));
        to.append(!separator ? character : character.ends_with('\xA8') ? "\\u2028" : "\\u2029");
        literal.remove_prefix(at + character.size());
    }
    to.append(literal);
}

/// Browsers make CR LF of a LF in a form, so the client writes a LF as \n and the two characters \n as \\n.
std::string newlines_restored(std::string_view text) {
    std::string restored;
    restored.reserve(text.size());
    while (!text.empty()) {
        if (text.starts_with("\\\\n")) {
            restored += "\\n";
            text.remove_prefix(3);
        } else if (text.starts_with("\\n")) {
            restored += '\n';
            text.remove_prefix(2);
        } else {
            restored += text.front();
            text.remove_prefix(1);
        }
    }
    return restored;
}

}  // namespace

std::string jsonp_index(std::string_view j) {
    std::string digits;
    for (const char c : j)
        if (c >= '0' && c <= '9') digits += c;
    return digits;
}

void append_jsonp(std::string& to, std::string_view index, std::string_view payload) {
    std::string literal;
    engine::append_json_string(literal, payload);
    to.append("___eio[").append(index).append("](");
    append_as_script(to, literal);
    to.append(");");
}

std::optional<std::string> decode_jsonp_body(std::string_view form) {
    std::optional<std::string_view> found;
    engine::query_reader reader(form);
    engine::query_item field;
    for (int fields = 0; fields < max_fields && reader.next(field); ++fields) {
        if (field.key != "d" && field.key != "%64") continue;
        if (found) return std::nullopt;
        found = field.value;
    }
    if (!found) return std::nullopt;
    return newlines_restored(engine::form_decoded(*found));
}

}  // namespace kedge::transports
