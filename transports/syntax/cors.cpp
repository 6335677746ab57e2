#include <kedge/transports/syntax/cors.hpp>

#include <algorithm>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

namespace {

std::string joined(const std::vector<std::string>& items) {
    std::string all;
    for (const std::string& item : items) {
        if (!all.empty()) all += ',';
        all += item;
    }
    return all;
}

void set_if_said(header_list& to, std::string_view name, std::string_view value) {
    if (!value.empty()) to.set(name, value);
}

void allow_headers(const cors_options& options, const engine::request& asking, header_list& to) {
    if (!options.allowed_headers.empty()) {
        set_if_said(to, "Access-Control-Allow-Headers", joined(options.allowed_headers));
        return;
    }
    to.vary("Access-Control-Request-Headers");
    set_if_said(to, "Access-Control-Allow-Headers",
                asking.header("access-control-request-headers").value_or(std::string{}));
}

}  // namespace

cors_origin::cors_origin(std::string one) {
    if (one == "*")
        rule_ = anybody{};
    else if (one.empty())
        rule_ = off{};
    else
        rule_ = std::move(one);
}

cors_origin::cors_origin(bool reflect) {
    if (reflect)
        rule_ = reflected{};
    else
        rule_ = off{};
}

bool cors_origin::allows(std::optional<std::string_view> asking) const {
    if (std::holds_alternative<reflected>(rule_)) return true;
    if (const auto* list = std::get_if<std::vector<std::string>>(&rule_))
        return asking && std::find(list->begin(), list->end(), *asking) != list->end();
    const auto* allowed = std::get_if<predicate>(&rule_);
    return allowed && *allowed && (*allowed)(asking.value_or(std::string_view{}));
}

void cors_origin::write(std::optional<std::string_view> asking, header_list& to) const {
    if (!enabled()) return;
    if (std::holds_alternative<anybody>(rule_)) {
        to.set("Access-Control-Allow-Origin", "*");
        return;
    }
    if (const auto* one = std::get_if<std::string>(&rule_))
        to.set("Access-Control-Allow-Origin", *one);
    else if (asking && !asking->empty() && allows(asking))
        to.set("Access-Control-Allow-Origin", *asking);
    to.vary("Origin");
}

std::optional<int> apply_cors(const cors_options& options, const engine::request& asking, header_list& to) {
    if (!options.origin.enabled()) return std::nullopt;
    const bool preflight = asking.method() == "OPTIONS";
    options.origin.write(asking.find("origin"), to);
    if (options.credentials) to.set("Access-Control-Allow-Credentials", "true");
    if (preflight) {
        set_if_said(to, "Access-Control-Allow-Methods", options.methods);
        allow_headers(options, asking, to);
        if (options.max_age) to.set("Access-Control-Max-Age", std::to_string(*options.max_age));
    }
    set_if_said(to, "Access-Control-Expose-Headers", joined(options.exposed_headers));
    if (!preflight || options.preflight_continue) return std::nullopt;
    to.set("Content-Length", "0");
    return options.options_success_status;
}

}  // namespace kedge::transports
