#include <kedge/node/addon/settings.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>

namespace kedge::node {

napi_value settings::at(const char* name) const noexcept {
    napi_value found = nullptr;
    napi_valuetype type = napi_undefined;
    if (!object_ || napi_typeof(env_, object_, &type) != napi_ok || type != napi_object) return nullptr;
    return napi_get_named_property(env_, object_, name, &found) == napi_ok ? found : nullptr;
}

bool settings::given(const char* name) const noexcept {
    napi_valuetype type = napi_undefined;
    napi_value found = at(name);
    return found && napi_typeof(env_, found, &type) == napi_ok && type != napi_undefined && type != napi_null;
}

std::optional<double> settings::number(const char* name) const noexcept {
    double value = 0;
    napi_value found = at(name);
    if (!found || napi_get_value_double(env_, found, &value) != napi_ok) return std::nullopt;
    return value;
}

bool settings::flag(const char* name) const noexcept {
    bool value = false;
    napi_value found = at(name);
    return found && napi_get_value_bool(env_, found, &value) == napi_ok && value;
}

std::optional<std::string> settings::text_of(napi_value from) const {
    std::size_t size = 0;
    if (!from || napi_get_value_string_utf8(env_, from, nullptr, 0, &size) != napi_ok) return std::nullopt;
    std::string text(size + 1, '\0');
    napi_get_value_string_utf8(env_, from, text.data(), text.size(), &size);
    text.resize(size);
    return text;
}

std::optional<std::string> settings::text(const char* name) const {
    return text_of(at(name));
}

std::vector<std::string> settings::texts(const char* name) const {
    std::vector<std::string> all;
    std::uint32_t count = 0;
    napi_value list = at(name);
    if (!list || napi_get_array_length(env_, list, &count) != napi_ok) return all;
    for (std::uint32_t i = 0; i < count; ++i) {
        napi_value each = nullptr;
        if (napi_get_element(env_, list, i, &each) != napi_ok) break;
        if (auto text = text_of(each)) all.push_back(std::move(*text));
    }
    return all;
}

namespace {

/// Milliseconds, of which JavaScript has more than there are.
void read_time(const settings& from, const char* name, engine::duration& to) {
    constexpr double most = 1e12;
    const auto found = from.number(name);
    if (!found || std::isnan(*found)) return;
    to = engine::duration(static_cast<engine::duration::rep>(std::fmin(std::fmax(*found, 0), most)));
}

/// Of Node's http server, where 0 is no limit.
void read_limit(const settings& from, const char* name, engine::duration& to) {
    read_time(from, name, to);
    if (to == engine::duration{0}) to = std::chrono::hours(24 * 365);
}

void read_size(const settings& from, const char* name, std::size_t& to) {
    const auto found = from.number(name);
    if (!found || std::isnan(*found) || *found < 0) return;
    to = *found < 9e15 ? static_cast<std::size_t>(*found) : SIZE_MAX / 4;
}

engine::options engine_options_of(const settings& from) {
    engine::options to;
    read_time(from, "pingInterval", to.ping_interval);
    read_time(from, "pingTimeout", to.ping_timeout);
    read_time(from, "upgradeTimeout", to.upgrade_timeout);
    read_size(from, "maxHttpBufferSize", to.max_http_buffer_size);
    read_size(from, "maxBufferedBytes", to.max_buffered_bytes);
    to.transports.clear();
    for (const std::string& each : from.texts("transports")) {
        if (each == "polling") to.transports.push_back(engine::transport_kind::polling);
        if (each == "websocket") to.transports.push_back(engine::transport_kind::websocket);
    }
    to.allow_upgrades = from.flag("allowUpgrades");
    to.allow_eio3 = from.flag("allowEIO3");
    to.initial_packet = from.text("initialPacket");
    return to;
}

transports::ws_deflate_options deflate_of(const settings& from) {
    transports::ws_deflate_options to;
    read_size(from, "threshold", to.threshold);
    from.read("level", to.level);
    from.read("memLevel", to.mem_level);
    if (from.given("serverNoContextTakeover"))
        to.server_no_context_takeover = from.flag("serverNoContextTakeover");
    if (from.given("clientNoContextTakeover"))
        to.client_no_context_takeover = from.flag("clientNoContextTakeover");
    if (const auto bits = from.number("serverMaxWindowBits"))
        to.server_max_window_bits = static_cast<int>(*bits);
    if (const auto bits = from.number("clientMaxWindowBits"))
        to.client_max_window_bits = static_cast<int>(*bits);
    return to;
}

transports::cors_origin origin_of(const settings& from) {
    if (from.flag("reflect")) return {true};
    if (const auto one = from.text("origin")) return {*one};
    if (from.given("origin")) return {from.texts("origin")};
    return {};
}

transports::cors_options cors_of(const settings& from) {
    transports::cors_options to{.origin = origin_of(from)};
    to.credentials = from.flag("credentials");
    if (const auto methods = from.text("methods")) to.methods = *methods;
    to.allowed_headers = from.texts("allowedHeaders");
    to.exposed_headers = from.texts("exposedHeaders");
    if (const auto age = from.number("maxAge")) to.max_age = static_cast<long>(*age);
    return to;
}

transports::cookie_options cookie_of(const settings& from) {
    transports::cookie_options to;
    if (auto name = from.text("name")) to.name = std::move(*name);
    if (auto path = from.text("path")) to.path = std::move(*path);
    if (auto domain = from.text("domain")) to.domain = std::move(*domain);
    if (const auto age = from.number("maxAge")) to.max_age = static_cast<long>(*age);
    to.http_only = from.flag("httpOnly");
    to.secure = from.flag("secure");
    const std::string site = from.text("sameSite").value_or("");
    to.same_site = site == "lax"      ? transports::same_site::lax
                   : site == "strict" ? transports::same_site::strict
                   : site == "none"   ? transports::same_site::none
                                      : transports::same_site::unset;
    return to;
}

transports::limit_options limits_of(const settings& from) {
    transports::limit_options to;
    read_size(from, "connections", to.connections);
    read_size(from, "connectionsPerAddress", to.connections_per_address);
    read_size(from, "handshakesPerSecond", to.handshakes_per_second);
    return to;
}

}  // namespace

transports::server_options options_of(const settings& from) {
    transports::server_options to{.engine = engine_options_of(from)};
    if (const auto path = from.text("prefix")) to.path = *path;
    to.add_trailing_slash = from.flag("addTrailingSlash");
    if (from.given("cors")) to.cors = cors_of(from.object("cors"));
    if (from.given("cookie")) to.cookie = cookie_of(from.object("cookie"));
    to.http_compression.reset();
    if (const settings compression = from.object("httpCompression"); compression.given("threshold"))
        read_size(compression, "threshold", to.http_compression.emplace().threshold);
    if (from.given("perMessageDeflate"))
        to.per_message_deflate = deflate_of(from.object("perMessageDeflate"));
    read_limit(from, "keepAliveTimeout", to.keep_alive_timeout);
    read_limit(from, "headersTimeout", to.headers_timeout);
    read_limit(from, "requestTimeout", to.request_timeout);
    to.limits = limits_of(from.object("limits"));
    return to;
}

transports::listen_address address_of(const settings& from) {
    transports::listen_address to;
    if (auto host = from.text("host")) to.host = std::move(*host);
    if (auto path = from.text("socket")) to.path = std::move(*path);
    from.read("port", to.port);
    from.read("backlog", to.backlog);
    to.ipv6_only = from.flag("ipv6Only");
    return to;
}

transports::tls_options tls_of(const settings& from) {
    transports::tls_options to;
    to.certificate.chain = from.text("cert").value_or("");
    to.certificate.key = from.text("key").value_or("");
    to.certificate.password = from.text("passphrase").value_or("");
    if (from.text("minVersion") == "TLSv1.3") to.minimum = transports::tls_version::v1_3;
    return to;
}

}  // namespace kedge::node
