#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <llhttp.h>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// What an http_parser holds while a request is under way. Those that ended are used again.
struct http_progress {
    enum class stage : std::uint8_t { head, length, chunked, ended };

    static std::unique_ptr<http_progress>& spare() noexcept;
    static std::unique_ptr<http_progress> begin();
    static void end(std::unique_ptr<http_progress> over) noexcept;
    void restart() noexcept;
    void begin_llhttp() noexcept;
    static int on_body(llhttp_t* parser, const char* at, std::size_t length);
    static int on_chunk_complete(llhttp_t* parser);
    static int on_message_complete(llhttp_t* parser);
    bool well_ended(std::string_view framing) noexcept;

    llhttp_t parser{};
    std::string head;  // when it comes in several pieces
    std::vector<engine::header_field> fields;
    std::string_view piece;       // of a chunked body
    std::uint64_t remaining = 0;  // of a body with a length
    std::size_t overhead = 0;     // bytes of chunk framing since the last byte of body
    char last = '\0';             // of chunk framing
    bool message_complete = false;
    stage where = stage::head;
};

}  // namespace kedge::transports
