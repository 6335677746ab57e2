#include <kedge/transports/engineio/origin_guard.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace kedge::transports {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

/// Host and port of an origin or an absolute address, without the port that its scheme implies; empty when it
/// is neither.
std::string authority_of(std::string_view address) {
    const std::size_t scheme_end = address.find("://");
    if (scheme_end == std::string_view::npos) return {};
    std::string_view rest = address.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find_first_of("/?#\\"));
    if (const std::size_t user = rest.rfind('@'); user != std::string_view::npos)
        rest.remove_prefix(user + 1);
    return lowered(rest);
}

std::string_view without_port(std::string_view authority, std::string_view port) {
    if (authority.ends_with(port)) authority.remove_suffix(port.size());
    return authority;
}

/// Whether an origin of this scheme is the server itself, by the name that the request has for it. A proxy
/// may have taken TLS off, so that the schemes need not agree.
bool is_own(std::string_view address, std::string_view host) {
    const std::string named = lowered(host);
    const std::string asking = authority_of(address);
    if (asking.empty() || named.empty()) return false;
    const std::string_view usual = lowered(address.substr(0, 6)) == "https:" ? ":443" : ":80";
    return without_port(asking, usual) == without_port(named, usual);
}

/// The origin of an absolute address: what goes before its path.
std::string origin_in(std::string_view address) {
    const std::size_t scheme_end = address.find("://");
    if (scheme_end == std::string_view::npos) return {};
    return lowered(address.substr(0, scheme_end + 3)) + authority_of(address);
}

}  // namespace

origin_guard::origin_guard(std::vector<std::string> others) : others_(std::move(others)) {
    for (std::string& each : others_) {
        if (each.empty() || (each != "null" && origin_in(each) != lowered(each)))
            throw std::invalid_argument(
                "origin_guard: \"" + each +
                "\" is no origin: it is a scheme and a host, as in \"https://example.com\"");
        each = lowered(each);
    }
}

bool origin_guard::knows(std::string_view origin, const engine::request& asking) const {
    return is_own(origin, asking.find("host").value_or("")) ||
           std::find(others_.begin(), others_.end(), lowered(origin)) != others_.end();
}

bool origin_guard::allows(const engine::request& asking) const {
    if (const auto origin = asking.find("origin")) return knows(*origin, asking);
    const auto site = asking.find("sec-fetch-site");
    // "none": the user asked, by the address bar; only he sees the answer.
    if (site == "same-origin" || site == "none") return true;
    if (const auto page = asking.find("referer"); page && !page->empty())
        return knows(origin_in(*page), asking);
    if (site) return false;
    // No page that could be named: a program, or an old browser told to be silent. What a script of any page
    // hears must not be what the user's cookies open.
    return !(asking.query("j") && asking.find("cookie"));
}

void origin_guard::operator()(const engine::request_ptr& asking, const admission& decide) const {
    allows(*asking) ? decide.allow() : decide.refuse("Forbidden origin");
}

}  // namespace kedge::transports
