#include <kedge/transports/pages/routes.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/engineio/engine_server.hpp>
#include <kedge/transports/pages/metrics.hpp>

namespace kedge::transports {
namespace {

// Only reading is allowed; what is answered to a HEAD the connection cuts down by itself.
bool refuse_writing(const exchange& asked) {
    const auto method = asked.request().method();
    if (method == "GET" || method == "HEAD") return false;
    header_list headers;
    headers.add("Allow", "GET, HEAD");
    asked.reply(405, std::move(headers));
    return true;
}

void reply_text(const exchange& asked, int status, std::string_view type, std::string text) {
    header_list headers;
    headers.add("Content-Type", type);
    headers.add("Cache-Control", "no-store");
    asked.reply(status, std::move(headers), std::move(text));
}

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

}  // namespace

routes& routes::at(std::string path, handler answer) {
    exact_.push_back({std::move(path), std::move(answer)});
    return *this;
}

routes& routes::folder(std::string mount, static_folder files) {
    while (mount.ends_with('/')) mount.pop_back();
    const auto longer = [&](const mounted& each) { return each.mount.size() < mount.size(); };
    folders_.insert(std::find_if(folders_.begin(), folders_.end(), longer), {mount, std::move(files)});
    return *this;
}

void routes::operator()(const exchange& asked) const {
    const auto path = asked.request().path();
    for (const auto& each : exact_)
        if (each.path == path) return each.answer(asked);
    for (const auto& each : folders_)
        if (each.files.serve_below(asked, each.mount)) return;
    asked.reply(404);
}

routes::handler health() {
    return [](const exchange& asked) {
        if (!refuse_writing(asked)) reply_text(asked, 200, plain_text, "ok\n");
    };
}

routes::handler readiness(const engine_server& of) {
    return [&of](const exchange& asked) {
        if (refuse_writing(asked)) return;
        const bool closing = of.closing();
        reply_text(asked, closing ? 503 : 200, plain_text, closing ? "closing\n" : "ready\n");
    };
}

routes::handler metrics(const engine_server& of) {
    return [&of](const exchange& asked) {
        if (!refuse_writing(asked))
            reply_text(asked, 200, prometheus_content_type, prometheus_text(of.stats()));
    };
}

}  // namespace kedge::transports
