#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// Writes JSON text as JavaScript's JSON.stringify writes it.
class json_writer final : public writer {
  public:
    using binaries = std::vector<std::span<const std::byte>>;

    /// Appends to `out`. Binaries are collected in `attachments` and become placeholders; without it they are
    /// written as Node writes a Buffer.
    explicit json_writer(std::string& out, binaries* attachments = nullptr)
        : out_(out), attachments_(attachments) {}

    void null() override { literal("null"); }
    void boolean(bool value) override { literal(value ? "true" : "false"); }
    void integer(std::int64_t value) override;
    void unsigned_integer(std::uint64_t value) override;
    void number(double value) override;
    void string(std::string_view text) override;
    void binary(std::span<const std::byte> bytes) override;
    void begin_array(std::size_t) override { begin('['); }
    void end_array() override { end(']'); }
    void begin_object(std::size_t) override { begin('{'); }
    void key(std::string_view name) override;
    void end_object() override { end('}'); }
    bool verbatim(encoding form, std::string_view bytes) override {
        if (form != encoding::json) return false;
        literal(bytes);
        return true;
    }

  private:
    void separate() {
        if (comma_) out_ += ',';
        comma_ = true;
    }
    void literal(std::string_view text) {
        separate();
        out_ += text;
    }
    void begin(char bracket) {
        separate();
        out_ += bracket;
        comma_ = false;
    }
    void end(char bracket) {
        out_ += bracket;
        comma_ = true;
    }

    std::string& out_;
    binaries* attachments_;
    bool comma_ = false;
};

/// Appends a string with its quotes and escapes.
void append_json_string(std::string& out, std::string_view text);
/// Appends a number as JavaScript prints it: shortest digits, 1e+21, 0 for -0; null for what is not finite.
void append_json_number(std::string& out, double value);

}  // namespace kedge
