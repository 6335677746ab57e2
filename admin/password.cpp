#include <kedge/admin/password.hpp>

#include <crypt.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>

namespace kedge::admin {
namespace {

// bcrypt looks at no more of a password, here as in the reference.
constexpr std::size_t read_of_password = 72;
constexpr unsigned least_cost = 4;
constexpr unsigned most_cost = 16;  // some seconds

constexpr std::size_t prefix_size = 7;  // "$2b$10$"
constexpr std::size_t hash_size = 60;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_base64(char c) noexcept {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '/';
}

bool is_bcrypt(std::string_view text) noexcept {
    if (text.size() != hash_size || !text.starts_with("$2") || text[3] != '$' || text[6] != '$') return false;
    if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return false;
    const auto rest = text.substr(prefix_size);
    return is_digit(text[4]) && is_digit(text[5]) && std::all_of(rest.begin(), rest.end(), is_base64);
}

}  // namespace

bool same_text(std::string_view one, std::string_view other) noexcept {
    unsigned difference = one.size() == other.size() ? 0 : 1;
    for (std::size_t i = 0; i < one.size(); ++i) {
        const char against = other.empty() ? '\0' : other[i % other.size()];
        difference |= static_cast<unsigned char>(one[i] ^ against);
    }
    return difference == 0;
}

password_hash::password_hash(std::string text) : text_(std::move(text)) {
    if (!is_bcrypt(text_))
        throw std::invalid_argument("admin: the password is a bcrypt hash, such as mkpasswd -m bcrypt makes");
    if (cost() < least_cost || cost() > most_cost)
        throw std::invalid_argument("admin: the cost of the password's bcrypt hash is from 4 to 16");
}

unsigned password_hash::cost() const noexcept {
    return static_cast<unsigned>(text_[4] - '0') * 10 + static_cast<unsigned>(text_[5] - '0');
}

// A password with a zero in it would be read up to there, and match one that is shorter.
bool password_hash::matches(std::string_view password) const {
    if (password.find('\0') != password.npos) return false;
    const std::string read(password.substr(0, read_of_password));
    const auto room = std::make_unique<crypt_data>();
    const char* const made = ::crypt_rn(read.c_str(), text_.c_str(), room.get(), sizeof(crypt_data));
    return made && same_text(made, text_);
}

}  // namespace kedge::admin
