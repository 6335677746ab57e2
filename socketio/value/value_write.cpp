#include <string>
#include <vector>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {
namespace {

/// A container that is being written, and which of its parts comes next.
struct position {
    const value* container;
    std::size_t next = 0;
};

void write_scalar(writer& out, const value& from) {
    switch (from.kind()) {
        case value_kind::boolean:
            return out.boolean(from.as_boolean());
        case value_kind::integer:
            return out.integer(from.as_integer());
        case value_kind::unsigned_integer:
            return out.unsigned_integer(from.as_unsigned());
        case value_kind::number:
            return out.number(from.as_number());
        case value_kind::string:
            return out.string(from.as_string());
        case value_kind::binary:
            return out.binary(from.as_binary());
        default:
            return out.null();
    }
}

/// The next part of a container, its key written; null at the end.
const value* next_part(writer& out, position& at) {
    if (at.container->is_array()) {
        const auto items = at.container->as_array();
        return at.next < items.size() ? &items[at.next++] : nullptr;
    }
    const auto members = at.container->as_object();
    if (at.next == members.size()) return nullptr;
    out.key(members[at.next].key);
    return &members[at.next++].value;
}

void end(writer& out, const value& container) {
    if (container.is_array()) return out.end_array();
    out.end_object();
}

}  // namespace

void value::write(writer& out) const {
    std::vector<position> open;
    for (const value* at = this; at != nullptr;) {
        if (at->is_array() || at->is_object()) {
            at->is_array() ? out.begin_array(at->size()) : out.begin_object(at->size());
            open.push_back({at});
        } else {
            write_scalar(out, *at);
        }
        at = nullptr;
        while (!open.empty() && !(at = next_part(out, open.back()))) {
            end(out, *open.back().container);
            open.pop_back();
        }
    }
}

std::string value::to_json() const {
    std::string text;
    json_writer out(text);
    write(out);
    return text;
}

}  // namespace kedge
