#include <kedge/node/addon/javascript.hpp>

#include <array>
#include <cstring>
#include <new>
#include <stdexcept>

namespace kedge::node {

namespace {

constexpr std::array names{"message", "packet", "binary",  "ping",    "pong",    "closing", "close",
                           "drain",   "output", "finish",  "session", "text",    "data",    "sent",
                           "watched", "ended",  "consent", "refused", "headers", "handed",  "closed"};

/// Who tells what is told for no number.
constexpr std::uint32_t nobody = UINT32_MAX;

/// Plain ASCII makes a cheaper string.
bool ascii(std::string_view text) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (; end - at >= 8; at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, 8);
        if (eight & 0x8080808080808080u) return false;
    }
    for (; at != end; ++at)
        if (static_cast<unsigned char>(*at) & 0x80u) return false;
    return true;
}

}  // namespace

javascript::javascript(napi_env env, napi_value handlers, napi_value resource) : env_(env) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        napi_value function = nullptr;
        if (napi_get_named_property(env, handlers, names[i], &function) != napi_ok ||
            napi_create_reference(env, function, 1, &handlers_[i]) != napi_ok)
            throw std::invalid_argument("start(): a handler is missing");
    }
    napi_value name = nullptr;
    if (napi_create_reference(env, resource, 1, &resource_) != napi_ok)
        throw std::invalid_argument("start(): the resource is missing");
    napi_create_string_utf8(env, "kedge", NAPI_AUTO_LENGTH, &name);
    if (napi_async_init(env, resource, name, &context_) != napi_ok)
        throw std::runtime_error("napi_async_init failed");
}

javascript::~javascript() {
    for (napi_ref each : handlers_)
        if (each) napi_delete_reference(env_, each);
    if (resource_) napi_delete_reference(env_, resource_);
    if (context_) napi_async_destroy(env_, context_);
}

bool javascript::enter(std::uint32_t id) {
    if (silent_) return false;
    if (called_) return true;
    if (callback_scope_ && teller_ == id) return true;
    leave();
    if (napi_open_handle_scope(env_, &handle_scope_) != napi_ok) return false;
    napi_value resource = nullptr;
    napi_get_reference_value(env_, resource_, &resource);
    if (napi_open_callback_scope(env_, resource, context_, &callback_scope_) != napi_ok) {
        callback_scope_ = nullptr;
        napi_close_handle_scope(env_, handle_scope_);
        return false;
    }
    teller_ = id;
    return true;
}

void javascript::leave() noexcept {
    if (!callback_scope_ || called_) return;
    napi_callback_scope ending = callback_scope_;
    napi_handle_scope handles = handle_scope_;
    callback_scope_ = nullptr;
    napi_close_callback_scope(env_, ending);
    napi_close_handle_scope(env_, handles);
}

napi_value javascript::number(std::uint32_t value) const noexcept {
    napi_value made = nullptr;
    napi_create_uint32(env_, value, &made);
    return made;
}

napi_value javascript::real(double value) const noexcept {
    napi_value made = nullptr;
    napi_create_double(env_, value, &made);
    return made;
}

napi_value javascript::string(std::string_view text) const noexcept {
    napi_value made = nullptr;
    if (ascii(text))
        napi_create_string_latin1(env_, text.data(), text.size(), &made);
    else
        napi_create_string_utf8(env_, text.data(), text.size(), &made);
    return made;
}

napi_value javascript::latin1(std::string_view text) const noexcept {
    napi_value made = nullptr;
    napi_create_string_latin1(env_, text.data(), text.size(), &made);
    return made;
}

napi_value javascript::boolean(bool value) const noexcept {
    napi_value made = nullptr;
    napi_get_boolean(env_, value, &made);
    return made;
}

napi_value javascript::bytes(std::string_view data) const noexcept {
    napi_value made = nullptr;
    napi_create_buffer_copy(env_, data.size(), data.data(), nullptr, &made);
    return made;
}

napi_value javascript::list(std::span<const napi_value> items) const noexcept {
    napi_value made = nullptr;
    if (napi_create_array_with_length(env_, items.size(), &made) != napi_ok) return nullptr;
    for (std::size_t i = 0; i < items.size(); ++i)
        napi_set_element(env_, made, static_cast<std::uint32_t>(i), items[i]);
    return made;
}

bool javascript::truth(napi_value value) const noexcept {
    bool yes = false;
    return napi_get_value_bool(env_, value, &yes) == napi_ok && yes;
}

std::vector<std::string> javascript::texts(napi_value array) const {
    std::vector<std::string> all;
    std::uint32_t count = 0;
    if (napi_get_array_length(env_, array, &count) != napi_ok) return all;
    for (std::uint32_t i = 0; i < count; ++i) {
        napi_value each = nullptr;
        std::size_t size = 0;
        if (napi_get_element(env_, array, i, &each) != napi_ok ||
            napi_get_value_string_latin1(env_, each, nullptr, 0, &size) != napi_ok)
            return {};
        std::string text(size + 1, '\0');
        napi_get_value_string_latin1(env_, each, text.data(), text.size(), &size);
        text.resize(size);
        all.push_back(std::move(text));
    }
    return all;
}

napi_value javascript::call(event which, std::span<const napi_value> arguments) noexcept {
    napi_value function = nullptr;
    napi_value receiver = nullptr;
    if (napi_get_reference_value(env_, handlers_[static_cast<std::size_t>(which)], &function) != napi_ok)
        return nullptr;
    napi_get_undefined(env_, &receiver);
    napi_value returned = nullptr;
    if (napi_call_function(env_, receiver, function, arguments.size(), arguments.data(), &returned) ==
        napi_ok)
        return returned;
    napi_value thrown = nullptr;
    bool pending = false;
    if (napi_is_exception_pending(env_, &pending) != napi_ok || !pending) return nullptr;
    if (napi_get_and_clear_last_exception(env_, &thrown) == napi_ok) napi_fatal_exception(env_, thrown);
    return nullptr;
}

void javascript::tell_text(event which, std::uint32_t id, std::string_view text) noexcept {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
    // None when it is longer than a text of JavaScript can be.
    if (napi_value said = string(text)) call(which, std::array{number(id), said});
    napi_close_handle_scope(env_, scope);
}

void javascript::tell_bytes(event which, std::uint32_t id, std::span<const char> data) noexcept {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
    napi_value copy = nullptr;
    if (napi_create_buffer_copy(env_, data.size(), data.data(), nullptr, &copy) == napi_ok)
        call(which, std::array{number(id), copy});
    napi_close_handle_scope(env_, scope);
}

void javascript::tell_close(std::uint32_t id, int how, unsigned code, std::string_view reason, double read,
                            double written) noexcept {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
    call(event::close, std::array{number(id), number(static_cast<std::uint32_t>(how)), number(code),
                                  string(reason), real(read), real(written)});
    napi_close_handle_scope(env_, scope);
}

void javascript::tell_plainly(event which, std::uint32_t id) noexcept {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
    call(which, std::array{number(id)});
    napi_close_handle_scope(env_, scope);
}

napi_ref javascript::keep(napi_value object) {
    napi_ref kept = nullptr;
    if (napi_create_reference(env_, object, 1, &kept) != napi_ok) throw std::bad_alloc();
    return kept;
}

napi_value javascript::object(napi_ref kept) const noexcept {
    napi_value found = nullptr;
    napi_get_reference_value(env_, kept, &found);
    return found;
}

bool javascript::hand_out(napi_ref to, std::string_view bytes) {
    leave();
    if (!enter(nobody)) return true;
    bool more = true;
    napi_value copy = nullptr;
    if (napi_create_buffer_copy(env_, bytes.size(), bytes.data(), nullptr, &copy) != napi_ok) {
        leave();
        throw std::bad_alloc();
    }
    if (napi_value said = call(event::output, std::array{object(to), copy}))
        napi_get_value_bool(env_, said, &more);
    leave();
    return more;
}

void javascript::tell_finished(napi_ref to) noexcept {
    leave();
    if (!enter(nobody)) return;
    call(event::finish, std::array{object(to)});
    leave();
}

}  // namespace kedge::node
