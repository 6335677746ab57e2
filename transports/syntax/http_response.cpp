#include <kedge/transports/syntax/http_response.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

struct named_status {
    int status;
    std::string_view phrase;
};

constexpr std::array<named_status, 49> phrases{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {511, "Network Authentication Required"},
}};

void append_number(std::string& to, std::uint64_t number, int base = 10) {
    char digits[20];
    const auto [end, fault] = std::to_chars(digits, digits + sizeof digits, number, base);
    to.append(digits, end);
}

void append_line(std::string& to, std::string_view name, std::string_view value) {
    to.append(name).append(": ").append(value).append("\r\n");
}

void append_status_line(std::string& to, int status) {
    to.append("HTTP/1.1 ");
    append_number(to, static_cast<std::uint64_t>(status));
    to.append(" ").append(reason_phrase(status)).append("\r\n");
}

bool lists_token(std::string_view list, std::string_view token) noexcept {
    while (!list.empty())
        if (same_token(next_list_item(list), token)) return true;
    return false;
}

bool stays_open(const header_list& headers, const response_terms& terms) noexcept {
    const std::string* said = headers.find("Connection");
    return terms.keep_alive && !(said && lists_token(*said, "close"));
}

/// Headers that append_head() writes itself, from what is true.
bool about_framing(std::string_view name) noexcept {
    return same_token(name, "Content-Length") || same_token(name, "Transfer-Encoding") ||
           same_token(name, "Connection") || same_token(name, "Keep-Alive");
}

/// A length that the application tells of an answer that has no body here: "204" after a preflight, a HEAD.
std::optional<std::string_view> told_length(const header_list& headers) {
    const std::string* told = headers.find("Content-Length");
    if (!told || told->empty() || told->find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return *told;
}

void append_persistence(std::string& to, const response_terms& terms, bool keep_alive) {
    if (!keep_alive) return static_cast<void>(to.append("Connection: close\r\n"));
    to.append("Connection: keep-alive\r\nKeep-Alive: timeout=");
    append_number(to, static_cast<std::uint64_t>(terms.keep_alive_timeout.count()));
    to.append("\r\n");
}

void append_headers(std::string& to, int status, const header_list& headers, const response_terms& terms,
                    bool keep_alive) {
    append_status_line(to, status);
    for (const header_list::field& field : headers)
        if (!about_framing(field.name)) append_line(to, field.name, field.value);
    if (!terms.date.empty() && !headers.find("Date")) append_line(to, "Date", terms.date);
    append_persistence(to, terms, keep_alive);
}

void append_length(std::string& to, int status, const header_list& headers, std::uint64_t length,
                   const response_terms& terms) {
    if (!may_have_body(status) || (terms.to_head && length == 0)) {
        const auto told = told_length(headers);
        if (told) append_line(to, "Content-Length", *told);
        if (told || !may_have_body(status)) return;  // a length of 0 would be a lie
    }
    to.append("Content-Length: ");
    append_number(to, length);
    to.append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
    const auto found =
        std::lower_bound(phrases.begin(), phrases.end(), status,
                         [](const named_status& each, int sought) { return each.status < sought; });
    return found != phrases.end() && found->status == status ? found->phrase : "unknown";
}

bool may_have_body(int status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

std::string_view http_date::at(std::time_t now) {
    if (now != made_) {
        made_ = now;
        text_ = format_http_date(now);
    }
    return text_;
}

std::string format_http_date(std::time_t when) {
    static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&when, &utc);
    char text[64];
    // Not strftime(): the names of days and months must not follow the process's locale.
    const int length = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                     days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                     months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                                     utc.tm_hour, utc.tm_min, utc.tm_sec);
    return std::string(text, static_cast<std::size_t>(length));
}

bool append_response_head(std::string& to, int status, const header_list& headers, std::uint64_t length,
                          const response_terms& terms) {
    const bool keep_alive = stays_open(headers, terms);
    append_headers(to, status, headers, terms, keep_alive);
    append_length(to, status, headers, length, terms);
    to.append("\r\n");
    return keep_alive;
}

bool append_response(std::string& to, int status, const header_list& headers, std::string_view body,
                     const response_terms& terms) {
    if (!may_have_body(status)) body = {};
    const bool keep_alive = append_response_head(to, status, headers, body.size(), terms);
    if (!terms.to_head) to.append(body);
    return keep_alive;
}

bool append_plain_response(std::string& to, std::string_view lines, std::string_view body,
                           const response_terms& terms) {
    to.append("HTTP/1.1 200 OK\r\n").append(lines);
    if (!terms.date.empty()) append_line(to, "Date", terms.date);
    append_persistence(to, terms, terms.keep_alive);
    to.append("Content-Length: ");
    append_number(to, body.size());
    to.append("\r\n\r\n");
    if (!terms.to_head) to.append(body);
    return terms.keep_alive;
}

streamed_head append_streamed_head(std::string& to, int status, const header_list& headers,
                                   const response_terms& terms) {
    const bool bodiless = terms.to_head || !may_have_body(status);
    streamed_head told;
    told.framing = terms.minor_version == 0 ? streamed_framing::until_close : streamed_framing::chunked;
    const bool ends_itself = bodiless || told.framing == streamed_framing::chunked;
    told.keep_alive = ends_itself && stays_open(headers, terms);
    append_headers(to, status, headers, terms, told.keep_alive);
    if (told.framing == streamed_framing::chunked && may_have_body(status))
        append_line(to, "Transfer-Encoding", "chunked");
    to.append("\r\n");
    return told;
}

void append_chunk(std::string& to, std::string_view piece) {
    if (piece.empty()) return;  // an empty chunk would be the last one
    append_number(to, piece.size(), 16);
    to.append("\r\n").append(piece).append("\r\n");
}

void append_last_chunk(std::string& to) {
    to.append("0\r\n\r\n");
}

void append_bare_refusal(std::string& to, int status) {
    append_status_line(to, status);
    to.append("Connection: close\r\n\r\n");
}

void append_upgrade_refusal(std::string& to, int status, std::string_view text, const header_list& headers) {
    append_status_line(to, status);
    to.append("Connection: close\r\nContent-type: text/html\r\nContent-Length: ");
    append_number(to, text.size());
    to.append("\r\n");
    for (const header_list::field& field : headers) append_line(to, field.name, field.value);
    to.append("\r\n").append(text);
}

}  // namespace kedge::transports
