#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <kedge/transports/net/tls.hpp>

namespace kedge::test {

/// A certificate authority made for one test; the certificates it issues are valid for an hour.
class authority {
  public:
    explicit authority(const std::string& name = "Kedge Test CA")
        : key_(new_key()), certificate_(X509_new(), &X509_free) {
        fill(certificate_.get(), name, key_.get());
        X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
        extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    }

    transports::tls_certificate issue(const std::string& name, const std::string& password = "") const {
        const key made = new_key();
        const certificate leaf(X509_new(), &X509_free);
        fill(leaf.get(), name, made.get());
        X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
        extend(leaf.get(), NID_subject_alt_name, "DNS:" + name);
        X509_sign(leaf.get(), key_.get(), EVP_sha256());
        transports::tls_certificate issued;
        issued.chain = text([&](BIO* out) { PEM_write_bio_X509(out, leaf.get()); }) + pem();
        issued.password = password;
        issued.key = text([&](BIO* out) {
            const auto* secret = reinterpret_cast<const unsigned char*>(password.data());
            PEM_write_bio_PrivateKey(out, made.get(), password.empty() ? nullptr : EVP_aes_256_cbc(), secret,
                                     static_cast<int>(password.size()), nullptr, nullptr);
        });
        return issued;
    }

    std::string pem() const {
        return text([&](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
    }

  private:
    using key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    using certificate = std::unique_ptr<X509, decltype(&X509_free)>;

    static key new_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

    static void fill(X509* made, const std::string& name, EVP_PKEY* key) {
        static long serial = 1000;
        X509_set_version(made, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(made), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made), 3600);
        X509_set_pubkey(made, key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<int>(name.size()), -1, 0);
    }
    static void extend(X509* made, int kind, const std::string& value) {
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
        X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
    }
    template <class Write>
    static std::string text(Write&& write) {
        BIO* const out = BIO_new(BIO_s_mem());
        write(out);
        char* data = nullptr;
        const long size = BIO_get_mem_data(out, &data);
        std::string made(data, static_cast<std::size_t>(size));
        BIO_free(out);
        return made;
    }

    key key_;
    certificate certificate_;
};

}  // namespace kedge::test
