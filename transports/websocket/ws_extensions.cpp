#include <kedge/transports/websocket/ws_extensions.hpp>

#include <algorithm>
#include <cstddef>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

/// Reads a header from left to right.
class cursor {
  public:
    explicit cursor(std::string_view text) noexcept : rest_(text) {}

    bool done() const noexcept { return rest_.empty(); }

    bool take(char c) noexcept {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void skip_spaces() noexcept {
        while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
    }

    /// A token; empty when there is none.
    std::string_view token() noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && is_token_char(rest_[size])) ++size;
        const std::string_view read = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return read;
    }

    /// A token that may be quoted; empty when there is none.
    std::string value() {
        if (!take('"')) return std::string(token());
        std::string read;
        while (!take('"')) {
            take('\\');
            if (done() || !is_token_char(rest_.front())) return {};
            read += rest_.front();
            rest_.remove_prefix(1);
        }
        return read;
    }

  private:
    std::string_view rest_;
};

/// "; name" or "; name=value" behind an extension's name. False when it is malformed.
bool read_parameter(cursor& from, ws_extension_offer& offer) {
    from.skip_spaces();
    ws_extension_parameter parameter;
    parameter.name = from.token();
    if (parameter.name.empty()) return false;
    if (from.take('=')) {
        parameter.value = from.value();
        if (parameter.value->empty()) return false;
    }
    offer.parameters.push_back(std::move(parameter));
    return true;
}

/// One extension with its parameters, up to the comma or the end. False when it is malformed.
bool read_offer(cursor& from, ws_extension_offer& offer) {
    from.skip_spaces();
    offer.name = from.token();
    if (offer.name.empty()) return false;
    from.skip_spaces();
    while (from.take(';')) {
        if (!read_parameter(from, offer)) return false;
        from.skip_spaces();
    }
    return true;
}

/// 8 to 15, without leading zeros.
std::optional<int> read_window_bits(const std::optional<std::string>& value) {
    if (!value) return std::nullopt;
    if (*value == "8" || *value == "9") return value->front() - '0';
    if (value->size() == 2 && value->front() == '1' && (*value)[1] >= '0' && (*value)[1] <= '5')
        return 10 + ((*value)[1] - '0');
    return std::nullopt;
}

/// What one permessage-deflate offer asks for.
struct deflate_offer {
    ws_deflate_terms terms;
    bool takes_client_bits = false;  ///< names client_max_window_bits, with a value or without
};

bool read_flag(const ws_extension_parameter& parameter, bool& flag) noexcept {
    if (flag || parameter.value) return false;
    flag = true;
    return true;
}

bool read_client_bits(const ws_extension_parameter& parameter, deflate_offer& offer) {
    if (offer.takes_client_bits) return false;
    offer.takes_client_bits = true;
    if (!parameter.value) return true;
    offer.terms.client_max_window_bits = read_window_bits(parameter.value);
    return offer.terms.client_max_window_bits.has_value();
}

bool read_server_bits(const ws_extension_parameter& parameter, deflate_offer& offer) {
    if (offer.terms.server_max_window_bits) return false;
    offer.terms.server_max_window_bits = read_window_bits(parameter.value);
    return offer.terms.server_max_window_bits.has_value();
}

/// Nothing when a parameter is unknown, repeated, or has a value that it cannot have.
std::optional<deflate_offer> read_deflate_offer(const ws_extension_offer& offered) {
    deflate_offer offer;
    for (const ws_extension_parameter& parameter : offered.parameters) {
        bool good = false;
        if (parameter.name == "server_no_context_takeover")
            good = read_flag(parameter, offer.terms.server_no_context_takeover);
        else if (parameter.name == "client_no_context_takeover")
            good = read_flag(parameter, offer.terms.client_no_context_takeover);
        else if (parameter.name == "server_max_window_bits")
            good = read_server_bits(parameter, offer);
        else if (parameter.name == "client_max_window_bits")
            good = read_client_bits(parameter, offer);
        if (!good) return std::nullopt;
    }
    return offer;
}

bool can_meet(const deflate_offer& offer, const ws_deflate_options& options) noexcept {
    const ws_deflate_terms& asked = offer.terms;
    if (asked.server_no_context_takeover && options.server_no_context_takeover == false) return false;
    if (asked.server_max_window_bits && options.server_max_window_bits > asked.server_max_window_bits)
        return false;
    if (!options.client_max_window_bits) return true;
    return offer.takes_client_bits && (!asked.client_max_window_bits ||
                                       *options.client_max_window_bits <= *asked.client_max_window_bits);
}

ws_deflate_terms agree(ws_deflate_terms terms, const ws_deflate_options& options) noexcept {
    if (options.server_no_context_takeover == true) terms.server_no_context_takeover = true;
    if (options.client_no_context_takeover == true) terms.client_no_context_takeover = true;
    if (options.server_max_window_bits) terms.server_max_window_bits = options.server_max_window_bits;
    if (options.client_max_window_bits) terms.client_max_window_bits = options.client_max_window_bits;
    return terms;
}

}  // namespace

std::optional<std::vector<ws_extension_offer>> parse_ws_extensions(std::string_view header) {
    std::vector<ws_extension_offer> offers;
    cursor from(header);
    do {
        if (!read_offer(from, offers.emplace_back())) return std::nullopt;
    } while (from.take(','));
    if (!from.done()) return std::nullopt;
    return offers;
}

std::optional<std::vector<std::string_view>> parse_ws_protocols(std::string_view header) {
    std::vector<std::string_view> protocols;
    cursor from(header);
    do {
        from.skip_spaces();
        protocols.push_back(from.token());
        if (protocols.back().empty()) return std::nullopt;
        from.skip_spaces();
    } while (from.take(','));
    if (!from.done()) return std::nullopt;

    std::vector<std::string_view> sorted = protocols;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
    return protocols;
}

ws_deflate_verdict accept_ws_deflate(std::string_view header, const ws_deflate_options& options) {
    const auto offers = parse_ws_extensions(header);
    if (!offers) return {false, std::nullopt};
    ws_deflate_verdict verdict;
    for (const ws_extension_offer& each : *offers) {
        if (each.name != "permessage-deflate") continue;
        const auto offer = read_deflate_offer(each);
        if (!offer) return {false, std::nullopt};
        if (!verdict.terms && can_meet(*offer, options)) verdict.terms = agree(offer->terms, options);
        verdict.acceptable = verdict.terms.has_value();
    }
    return verdict;
}

}  // namespace kedge::transports
