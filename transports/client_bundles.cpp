#include <transports/client_bundles.hpp>

#include <algorithm>
#include <array>

#include <transports/compressed_cache.hpp>
#include <transports/content_coding.hpp>

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
    std::string prefix;
    compressed_cache cache{cache_bytes};
};

bundle_server::bundle_server(std::string_view path) : state_(std::make_shared<state>()) {
    while (path.ends_with('/')) path.remove_suffix(1);
    state_->prefix = path;
}

bool bundle_server::serve(const exchange& asked) const {
    auto name = asked.request().path();
    const auto& prefix = state_->prefix;
    // The reference does not look at the character between the path and the name, and neither do we.
    if (!name.starts_with(prefix) || name.size() <= prefix.size()) return false;
    name.remove_prefix(prefix.size() + 1);
    if (std::find(file_names.begin(), file_names.end(), name) == file_names.end()) return false;
    const auto* const bundle = find_bundle(name);
    if (!bundle) {
        asked.reply(404);
        return true;
    }
    const auto etag = '"' + std::string(client_bundle_version()) + '"';
    const auto known = asked.request().find("if-none-match");
    if (known && (*known == etag || *known == "W/" + etag)) {
        asked.reply(304);
        return true;
    }
    header_list headers;
    headers.add("Cache-Control", "public, max-age=0");
    headers.add("Content-Type", name.ends_with(".map") ? "application/json; charset=utf-8"
                                                       : "application/javascript; charset=utf-8");
    headers.add("ETag", etag);
    constexpr std::array offered{content_coding::brotli, content_coding::gzip, content_coding::deflate};
    const auto coding = choose_coding(asked.request().header("accept-encoding").value_or(""), offered);
    compressed_cache::bytes body;
    if (coding != content_coding::identity)
        body = state_->cache.find_or_make(std::string(to_string(coding)) + ' ' + std::string(name),
                                          [&] { return compressed(*bundle, coding); });
    if (body) headers.add("Content-Encoding", to_string(coding));
    asked.reply(200, std::move(headers), body ? *body : std::string(bundle->content));
    return true;
}

}  // namespace kedge::transports
