#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include <kedge/transports/syntax/header_list.hpp>

namespace kedge::transports {

/// "Not Found" for 404.
std::string_view reason_phrase(int status) noexcept;

/// Whether an answer of this status may have a body: those of 204 and 304 have none, whatever was asked.
bool may_have_body(int status) noexcept;

/// The Date header's text, made anew once a second.
class http_date {
  public:
    std::string_view at(std::time_t now);

  private:
    std::time_t made_ = -1;
    std::string text_;
};

/// A point of time as HTTP writes it: "Sat, 21 Nov 2026 06:12:37 GMT".
std::string format_http_date(std::time_t when);

/// What decides, beside the response itself, how it is written.
struct response_terms {
    int minor_version = 1;   ///< of the request
    bool to_head = false;    ///< the request was a HEAD: no body follows
    bool keep_alive = true;  ///< what the request wished, if the server agrees
    std::chrono::seconds keep_alive_timeout{5};
    std::string_view date;  ///< http_date::at(now); empty: no Date header
};

/// Appends a whole response with Content-Length. What the list says about framing (Connection apart) is not
/// believed. Returns whether the connection stays open: false when the request, or a "Connection: close" of
/// the list, ends it.
bool append_response(std::string& to, int status, const header_list& headers, std::string_view body,
                     const response_terms& terms);

/// Appends a whole response of status 200 whose headers, which say nothing about framing nor the date, are
/// written already: `lines`, each with its CR LF. Returns as append_response.
bool append_plain_response(std::string& to, std::string_view lines, std::string_view body,
                           const response_terms& terms);

/// Appends the head alone; `length` bytes of body are to follow (none to a HEAD). Returns as append_response.
bool append_response_head(std::string& to, int status, const header_list& headers, std::uint64_t length,
                          const response_terms& terms);

/// How a body of unknown length is sent: in chunks, or to an HTTP/1.0 client until the connection closes.
enum class streamed_framing : std::uint8_t { chunked, until_close };

struct streamed_head {
    streamed_framing framing = streamed_framing::chunked;
    bool keep_alive = true;
};

/// Appends the head of a response whose length is not known; see append_chunk() and append_last_chunk(). No
/// body may follow it to a HEAD, nor behind a status that has none.
streamed_head append_streamed_head(std::string& to, int status, const header_list& headers,
                                   const response_terms& terms);
void append_chunk(std::string& to, std::string_view piece);
void append_last_chunk(std::string& to);

/// The bare answer to what is not served as HTTP: status line, "Connection: close", nothing else.
void append_bare_refusal(std::string& to, int status);

/// The bare answer to an upgrade request: text/html, "Connection: close".
void append_upgrade_refusal(std::string& to, int status, std::string_view text,
                            const header_list& headers = {});

/// The answer to "Expect: 100-continue".
inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace kedge::transports
