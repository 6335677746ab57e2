#include <kedge/transports/pages/client_bundles.hpp>

#include <algorithm>
#include <array>

#include <kedge/engine/request.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/pages/compressed_cache.hpp>
#include <kedge/transports/syntax/content_coding.hpp>

namespace kedge::transports {
namespace {

constexpr std::array<std::string_view, 8> file_names{"socket.io.js",
                                                     "socket.io.js.map",
                                                     "socket.io.min.js",
                                                     "socket.io.min.js.map",
                                                     "socket.io.esm.min.js",
                                                     "socket.io.esm.min.js.map",
                                                     "socket.io.msgpack.min.js",
                                                     "socket.io.msgpack.min.js.map"};

constexpr std::size_t cache_bytes = std::size_t{8} << 20;

const client_bundle* find_bundle(std::string_view name) {
    for (const auto& each : client_bundles())
        if (each.name == name) return &each;
    return nullptr;
}

compressed_cache::bytes compressed(const client_bundle& bundle, content_coding coding) {
    auto made = compress(coding, bundle.content, {});
    return made ? std::make_shared<const std::string>(std::move(*made)) : nullptr;
}

}  // namespace

struct bundle_server::state {
    std::string_view name_in(const engine::request& asked) const;
    compressed_cache::bytes packed(const client_bundle& bundle, const engine::request& asked,
                                   header_list& to);

    std::string prefix;
    compressed_cache cache{cache_bytes};
};

/// The bundle in the coding that the client likes best, which the headers then name; null for as it is.
compressed_cache::bytes bundle_server::state::packed(const client_bundle& bundle,
                                                     const engine::request& asked, header_list& to) {
    constexpr std::array offered{content_coding::brotli, content_coding::gzip, content_coding::deflate};
    const auto coding = choose_coding(asked.header("accept-encoding").value_or(""), offered);
    if (coding == content_coding::identity) return nullptr;
    auto body = cache.find_or_make(std::string(to_string(coding)) + ' ' + std::string(bundle.name),
                                   bundle.content.size(), [&] { return compressed(bundle, coding); });
    if (body) to.add("Content-Encoding", to_string(coding));
    return body;
}

bundle_server::bundle_server(std::string_view path) : state_(std::make_shared<state>()) {
    while (path.ends_with('/')) path.remove_suffix(1);
    state_->prefix = path;
}

std::string_view bundle_server::state::name_in(const engine::request& asked) const {
    const std::string_view path = asked.path();
    if (path.size() <= prefix.size() || !path.starts_with(prefix) || path[prefix.size()] != '/') return {};
    return path.substr(prefix.size() + 1);
}

bool bundle_server::knows(const engine::request& asked) const {
    const std::string_view name = state_->name_in(asked);
    if (name.empty() || asked.upgrade()) return false;
    return std::find(file_names.begin(), file_names.end(), name) != file_names.end();
}

void bundle_server::serve(connection& at) const {
    const engine::request& asked = *at.request();
    const std::string_view name = state_->name_in(asked);
    const auto* const bundle = find_bundle(name);
    if (!bundle) return at.answer(404);
    const auto etag = '"' + std::string(client_bundle_version()) + '"';
    const auto known = asked.find("if-none-match");
    if (known && (*known == etag || *known == "W/" + etag)) return at.answer(304);

    header_list& headers = at.headers();
    headers.add("Cache-Control", "public, max-age=0");
    headers.add("Content-Type", name.ends_with(".map") ? "application/json; charset=utf-8"
                                                       : "application/javascript; charset=utf-8");
    headers.add("ETag", etag);
    const compressed_cache::bytes body = state_->packed(*bundle, asked, headers);
    at.answer(200, body ? std::string_view(*body) : bundle->content);
}

}  // namespace kedge::transports
