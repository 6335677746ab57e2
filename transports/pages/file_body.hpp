#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include <kedge/transports/pages/byte_ranges.hpp>

namespace kedge::transports {

/// A file that is open for reading; closed with the last of its owners.
class open_file {
  public:
    /// Takes the descriptor over.
    explicit open_file(int descriptor) noexcept : descriptor_(descriptor) {}
    ~open_file();
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    /// Reads at an offset; 0 at the end of the file and when it cannot be read.
    std::size_t read(std::uint64_t offset, std::span<char> into) const;

  private:
    int descriptor_;
};

/// The body of an answer made of parts of a file and of text between them, read piece by piece.
class file_body {
  public:
    explicit file_body(std::shared_ptr<const open_file> file) noexcept : file_(std::move(file)) {}
    void add(byte_range range);
    void add(std::string text);
    std::uint64_t length() const noexcept { return length_; }
    /// Fills the span from its front with what comes next; returns how much that is.
    std::size_t read(std::span<char> into);

  private:
    using part = std::variant<byte_range, std::string>;
    std::size_t read_part(part& next, std::span<char> into);

    std::shared_ptr<const open_file> file_;
    std::deque<part> parts_;
    std::uint64_t length_ = 0;
};

}  // namespace kedge::transports
