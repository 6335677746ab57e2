#include <kedge/transports/net/ticket_keys.hpp>

#include <algorithm>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace kedge::transports {

namespace {

using shared_keys = std::shared_ptr<ticket_keys>;

void forget_keys(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<shared_keys*>(held);
}

/// Where a context keeps its keys.
int place_of_keys() {
    static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &forget_keys);
    return place;
}

bool use(const ticket_keys::key& key, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* seal,
         int making) {
    char digest[] = "SHA256";
    auto secret = key.seal;
    const std::array<OSSL_PARAM, 3> how{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, making) == 1 &&
           EVP_MAC_CTX_set_params(seal, how.data()) == 1;
}

int make_ticket(ticket_keys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* seal) {
    const auto key = keys.current(ticket_keys::clock::now());
    if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return 0;  // no ticket
    std::copy(key->name.begin(), key->name.end(), name);
    return use(*key, iv, cipher, seal, 1) ? 1 : 0;
}

int open_ticket(ticket_keys& keys, const unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* seal) {
    const auto found = keys.find(name, ticket_keys::clock::now());
    if (!found || !use(found->which, iv, cipher, seal, 0)) return 0;  // a full handshake
    return found->outdated ? 2 : 1;
}

int on_ticket(SSL* connection, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* seal, int making) {
    auto* const keys =
        static_cast<shared_keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), place_of_keys()));
    if (!keys) return 0;
    return making != 0 ? make_ticket(**keys, name, iv, cipher, seal)
                       : open_ticket(**keys, name, iv, cipher, seal);
}

}  // namespace

bool ticket_keys::renew(clock::time_point now) {
    if (latest_ && now - made_ < lifetime) return true;
    key fresh;
    if (RAND_bytes(fresh.name.data(), static_cast<int>(fresh.name.size())) != 1 ||
        RAND_bytes(fresh.cipher.data(), static_cast<int>(fresh.cipher.size())) != 1 ||
        RAND_bytes(fresh.seal.data(), static_cast<int>(fresh.seal.size())) != 1)
        return false;
    before_ = now - made_ < 2 * lifetime ? latest_ : std::nullopt;
    latest_ = fresh;
    made_ = now;
    return true;
}

std::optional<ticket_keys::key> ticket_keys::current(clock::time_point now) {
    const std::lock_guard guard(lock_);
    if (!renew(now)) return std::nullopt;
    return latest_;
}

std::optional<ticket_keys::found> ticket_keys::find(const unsigned char* name, clock::time_point now) {
    const std::lock_guard guard(lock_);
    if (!renew(now)) return std::nullopt;
    const auto is = [name](const std::optional<key>& one) {
        return one && std::equal(one->name.begin(), one->name.end(), name);
    };
    if (is(latest_)) return found{*latest_, false};
    if (is(before_)) return found{*before_, true};
    return std::nullopt;
}

void ticket_keys::attach(SSL_CTX* context, const std::shared_ptr<ticket_keys>& keys) {
    auto held = std::make_unique<shared_keys>(keys);
    if (SSL_CTX_set_ex_data(context, place_of_keys(), held.get()) != 1)
        throw std::runtime_error("OpenSSL cannot keep ticket keys");
    static_cast<void>(held.release());  // forget_keys() deletes it with the context
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &on_ticket);
}

}  // namespace kedge::transports
