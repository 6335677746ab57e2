#include <kedge/node/addon/arguments.hpp>

namespace kedge::node {

namespace {

constexpr std::size_t kept_text = 64 * 1024;

/// A buffer that most texts fit in; one that had to grow far is not kept.
std::string& text_buffer() {
    thread_local std::string buffer;
    if (buffer.size() != kept_text) std::string(kept_text, '\0').swap(buffer);
    return buffer;
}

}  // namespace

arguments::arguments(napi_env env, napi_callback_info info) noexcept : env_(env) {
    std::size_t count = most;
    napi_get_cb_info(env, info, &count, values_.data(), nullptr, &data_);
}

std::uint32_t arguments::number(std::size_t index) const noexcept {
    std::uint32_t value = 0;
    napi_get_value_uint32(env_, at(index), &value);
    return value;
}

double arguments::real(std::size_t index) const noexcept {
    double value = 0;
    napi_get_value_double(env_, at(index), &value);
    return value;
}

std::optional<int> arguments::member(std::size_t index, const char* name) const noexcept {
    napi_value found = nullptr;
    std::int32_t value = 0;
    if (napi_get_named_property(env_, at(index), name, &found) != napi_ok) return std::nullopt;
    if (napi_get_value_int32(env_, found, &value) != napi_ok) return std::nullopt;
    return value;
}

bool arguments::is_object(std::size_t index) const noexcept {
    napi_valuetype type = napi_undefined;
    return napi_typeof(env_, at(index), &type) == napi_ok && type == napi_object;
}

/// Read in one pass where it fits: to ask for the length first would cost as much again.
std::string_view arguments::text(std::size_t index) const {
    std::string& buffer = text_buffer();
    std::size_t size = 0;
    if (napi_get_value_string_utf8(env_, at(index), buffer.data(), buffer.size(), &size) != napi_ok)
        return {};
    if (size + 4 < buffer.size()) return {buffer.data(), size};
    napi_get_value_string_utf8(env_, at(index), nullptr, 0, &size);
    buffer.resize(size + 1);
    napi_get_value_string_utf8(env_, at(index), buffer.data(), buffer.size(), &size);
    return {buffer.data(), size};
}

std::string_view arguments::bytes(std::size_t index) const noexcept {
    void* data = nullptr;
    std::size_t size = 0;
    bool buffer = false;  // asked first: some versions of Node abort over anything else
    if (napi_is_buffer(env_, at(index), &buffer) != napi_ok || !buffer) return {};
    if (napi_get_buffer_info(env_, at(index), &data, &size) != napi_ok || size == 0) return {};
    return {static_cast<const char*>(data), size};
}

}  // namespace kedge::node
