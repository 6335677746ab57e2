#include <kedge/engine/request.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/query_string.hpp>

namespace kedge::engine {

namespace {

/// Where a header's name and value begin in the text. The name ends where the value begins, the value where
/// the next name begins.
struct header_place {
    std::uint32_t name;
    std::uint32_t value;
};

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The same for eight bytes at once, which is what a name mostly consists of.
void copy_lower_eight(char* to, const char* from) noexcept {
    using eight_bytes = signed char __attribute__((vector_size(8)));
    constexpr signed char first = 'A';
    constexpr signed char last = 'Z';
    constexpr signed char apart = 'a' - 'A';
    eight_bytes bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    bytes += ((bytes >= first) & (bytes <= last)) & apart;
    std::memcpy(to, &bytes, sizeof bytes);
}

/// Headers of which Node keeps the first and drops the others: joined, they would mean something else.
bool counts_once(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 18> names{
        "age",           "authorization", "content-length", "content-type",        "etag",
        "expires",       "from",          "host",           "if-modified-since",   "if-unmodified-since",
        "last-modified", "location",      "max-forwards",   "proxy-authorization", "referer",
        "retry-after",   "server",        "user-agent"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Adds the value of one more header of that name.
void join_value(std::string& to, std::string_view name, std::string_view value) {
    if (!counts_once(name)) to.append(name == "cookie" ? "; " : ", ").append(value);
}

}  // namespace

// The block: this, then header_count + 1 places (the last one marks the end), then the text of all.
struct request::layout {
    std::uint32_t method_size = 0;
    std::uint32_t target_size = 0;
    std::uint32_t address_size = 0;
    std::uint32_t header_count = 0;
    std::uint16_t port = 0;
    std::uint8_t minor_version = 1;
    bool secure = false;
    bool upgrade = false;

    const header_place* places() const noexcept { return reinterpret_cast<const header_place*>(this + 1); }
    header_place* places() noexcept { return reinterpret_cast<header_place*>(this + 1); }
    const char* text() const noexcept { return reinterpret_cast<const char*>(places() + header_count + 1); }
    char* text() noexcept { return reinterpret_cast<char*>(places() + header_count + 1); }

    std::string_view part(std::size_t from, std::size_t to) const noexcept {
        return {text() + from, to - from};
    }
    std::string_view value_at(std::size_t index) const noexcept {
        return part(places()[index].value, places()[index + 1].name);
    }
    /// The next header of that name, from `index` on; header_count when there is none.
    std::size_t find(std::string_view name, std::size_t index) const noexcept;
};

std::size_t request::layout::find(std::string_view name, std::size_t index) const noexcept {
    const header_place* const all = places();
    for (; index < header_count; ++index) {
        const header_place& place = all[index];
        if (place.value - place.name == name.size() && part(place.name, place.value) == name) break;
    }
    return index;
}

namespace {

/// Appends to the text of a block.
class text_writer {
  public:
    explicit text_writer(char* at) noexcept : start_(at), at_(at) {}
    std::uint32_t offset() const noexcept { return static_cast<std::uint32_t>(at_ - start_); }
    void write(std::string_view text) noexcept { at_ = std::copy(text.begin(), text.end(), at_); }
    void write_lower(std::string_view text) noexcept {
        for (; text.size() >= 8; text.remove_prefix(8), at_ += 8) copy_lower_eight(at_, text.data());
        at_ = std::transform(text.begin(), text.end(), at_, lower);
    }

  private:
    char* start_;
    char* at_;
};

std::size_t text_size(std::span<const header_field> headers) noexcept {
    std::size_t size = 0;
    for (const auto& header : headers) size += header.name.size() + header.value.size();
    return size;
}

}  // namespace

request::request(std::string_view method, std::string_view target, int minor_version,
                 std::span<const header_field> headers, const origin& from, bool upgrade)
    : certificate_(from.certificate) {
    const std::size_t text = method.size() + target.size() + from.address.size() + text_size(headers);
    block_.reset(new char[sizeof(layout) + (headers.size() + 1) * sizeof(header_place) + text]);
    auto* head = ::new (block_.get()) layout;
    head->method_size = static_cast<std::uint32_t>(method.size());
    head->target_size = static_cast<std::uint32_t>(target.size());
    head->address_size = static_cast<std::uint32_t>(from.address.size());
    head->header_count = static_cast<std::uint32_t>(headers.size());
    head->port = from.port;
    head->minor_version = static_cast<std::uint8_t>(minor_version);
    head->secure = from.secure;
    head->upgrade = upgrade;

    text_writer out(head->text());
    out.write(method);
    out.write(target);
    out.write(from.address);
    header_place* place = head->places();
    for (const auto& header : headers) {
        const std::uint32_t name = out.offset();
        out.write_lower(header.name);
        ::new (place++) header_place{name, out.offset()};
        out.write(header.value);
    }
    ::new (place) header_place{out.offset(), out.offset()};
}

const request::layout& request::head() const noexcept {
    struct nothing {
        layout head;
        header_place end{0, 0};
    };
    static constexpr nothing none;
    return block_ ? *reinterpret_cast<const layout*>(block_.get()) : none.head;
}

std::string_view request::method() const noexcept {
    return head().part(0, head().method_size);
}

std::string_view request::target() const noexcept {
    return head().part(head().method_size, head().method_size + head().target_size);
}

std::string_view request::path() const noexcept {
    return target().substr(0, target().find('?'));
}

std::string_view request::query_string() const noexcept {
    const std::string_view address = target().substr(0, target().find('#'));
    const std::size_t mark = address.find('?');
    return mark == std::string_view::npos ? std::string_view{} : address.substr(mark + 1);
}

int request::minor_version() const noexcept {
    return head().minor_version;
}

bool request::upgrade() const noexcept {
    return head().upgrade;
}

std::optional<std::string> request::query(std::string_view key) const {
    std::optional<std::string> found;
    query_reader items(query_string());
    std::optional<std::string_view> last;
    for (query_item item; items.next(item);)
        if (form_decoded(item.key) == key) last = item.value;
    if (last) found = form_decoded(*last);
    return found;
}

std::vector<std::pair<std::string, std::string>> request::query_items() const {
    return form_items(query_string());
}

std::size_t request::header_count() const noexcept {
    return head().header_count;
}

header_field request::header_at(std::size_t index) const noexcept {
    const layout& all = head();
    const header_place& place = all.places()[index];
    return {all.part(place.name, place.value), all.part(place.value, all.places()[index + 1].name)};
}

std::optional<std::string_view> request::find(std::string_view name) const noexcept {
    const layout& all = head();
    const std::size_t index = all.find(name, 0);
    if (index == all.header_count) return std::nullopt;
    return all.value_at(index);
}

std::optional<std::string> request::header(std::string_view name) const {
    const layout& all = head();
    std::size_t index = all.find(name, 0);
    if (index == all.header_count) return std::nullopt;
    std::string joined(all.value_at(index));
    while ((index = all.find(name, index + 1)) != all.header_count)
        join_value(joined, name, all.value_at(index));
    return joined;
}

std::vector<std::pair<std::string, std::string>> request::header_items() const {
    std::vector<std::pair<std::string, std::string>> all;
    keyed_map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < header_count(); ++i) {
        const auto [name, value] = header_at(i);
        const auto [at, is_new] = places.try_emplace(name, all.size());
        if (is_new) {
            all.emplace_back(name, value);
        } else {
            join_value(all[at->second].second, name, value);
        }
    }
    return all;
}

std::string_view request::remote_address() const noexcept {
    const std::size_t from = head().method_size + head().target_size;
    return head().part(from, from + head().address_size);
}

std::uint16_t request::remote_port() const noexcept {
    return head().port;
}

bool request::secure() const noexcept {
    return head().secure;
}

const peer_certificate* request::certificate() const noexcept {
    return certificate_.get();
}

}  // namespace kedge::engine
