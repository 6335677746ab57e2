#pragma once

#include <cstdint>

namespace kedge::transports {

class connection;
class engine_share;

/// Which of a session's answers it is.
enum class answer_rank : std::uint8_t { first, later };

/// Whether the application has a word to say about headers.
bool has_header_hooks(const engine_share& home) noexcept;

/// Lets the application change the headers of an answer that is not an error.
void run_header_hooks(engine_share& home, connection& at, answer_rank which);

}  // namespace kedge::transports
