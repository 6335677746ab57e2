#include <kedge/transports/websocket/ws_handshake.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include <kedge/engine/request.hpp>
#include <kedge/transports/syntax/token.hpp>
#include <kedge/transports/websocket/ws_extensions.hpp>

namespace kedge::transports {

namespace {

using verdict = engine::result<ws_agreement, ws_refusal>;

verdict refused(int status, std::string_view text) {
    return verdict::failure({status, text, {}});
}

/// 16 bytes in base64.
bool good_key(std::string_view key) noexcept {
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.begin() + 22, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
           });
}

verdict bad_version() {
    ws_refusal refusal{400, "Missing or invalid Sec-WebSocket-Version header", {}};
    refusal.headers.add("Sec-WebSocket-Version", "13, 8");
    return verdict::failure(std::move(refusal));
}

/// Looked up once: by its name it would be searched for at each use, which takes longer than the digest.
const EVP_MD* sha1() noexcept {
    static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    return found ? found : EVP_sha1();
}

}  // namespace

std::string websocket_accept(std::string_view key) {
    constexpr std::string_view salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::string salted;
    salted.reserve(key.size() + salt.size());
    salted.append(key).append(salt);
    std::array<unsigned char, 20> digest{};
    if (EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, sha1(), nullptr) != 1)
        throw std::runtime_error("OpenSSL offers no SHA-1, which the websocket handshake needs");
    std::array<unsigned char, 32> base64{};
    const int size = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(size));
}

verdict negotiate_websocket(const engine::request& asking, const ws_deflate_options* deflate) {
    if (asking.method() != "GET") return refused(405, "Invalid HTTP method");
    // Whoever speaks HTTP/1.0 may pass this on without knowing what it means.
    if (asking.minor_version() == 0) return refused(400, "HTTP/1.1 is required");
    if (!same_token(asking.header("upgrade").value_or(""), "websocket"))
        return refused(400, "Invalid Upgrade header");
    const auto key = asking.header("sec-websocket-key");
    if (!key || !good_key(*key)) return refused(400, "Missing or invalid Sec-WebSocket-Key header");
    const auto version = asking.header("sec-websocket-version");
    if (version != "13" && version != "8") return bad_version();

    ws_agreement agreed;
    if (const auto offered = asking.header("sec-websocket-protocol")) {
        const auto protocols = parse_ws_protocols(*offered);
        if (!protocols) return refused(400, "Invalid Sec-WebSocket-Protocol header");
        agreed.offered.assign(protocols->begin(), protocols->end());
    }
    const auto extensions = asking.header("sec-websocket-extensions");
    if (deflate && extensions) {
        const ws_deflate_verdict chosen = accept_ws_deflate(*extensions, *deflate);
        if (!chosen.acceptable)
            return refused(400, "Invalid or unacceptable Sec-WebSocket-Extensions header");
        agreed.deflate = chosen.terms;
    }
    agreed.accept = websocket_accept(*key);
    return agreed;
}

void append_switching_protocols(std::string& to, const ws_agreement& agreement, const header_list& headers) {
    to.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    to.append("Sec-WebSocket-Accept: ").append(agreement.accept).append("\r\n");
    if (!agreement.protocol.empty())
        to.append("Sec-WebSocket-Protocol: ").append(agreement.protocol).append("\r\n");
    if (agreement.deflate)
        to.append("Sec-WebSocket-Extensions: ").append(agreement.deflate->header()).append("\r\n");
    for (const header_list::field& field : headers)
        to.append(field.name).append(": ").append(field.value).append("\r\n");
    to.append("\r\n");
}

}  // namespace kedge::transports
