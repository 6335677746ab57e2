#pragma once

#include <string>
#include <vector>

#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// Builds a value out of what is written to it, copying strings and bytes.
class value_builder final : public writer {
  public:
    /// What was written (null if nothing was), ready for the next.
    value take();

    void null() override { place({}); }
    void boolean(bool from) override { place(from); }
    void integer(std::int64_t from) override { place(from); }
    void unsigned_integer(std::uint64_t from) override { place(from); }
    void number(double from) override { place(from); }
    void string(std::string_view text) override { place(text); }
    void binary(std::span<const std::byte> bytes) override { place(bytes); }
    void begin_array(std::size_t count) override;
    void end_array() override { open_.pop_back(); }
    void begin_object(std::size_t count) override;
    void key(std::string_view name) override { key_ = name; }
    void end_object() override;

  private:
    value* place(value made);
    void open(value container, std::size_t count);

    value root_;
    std::string key_;
    std::vector<value*>
        open_;  ///< an outer container does not grow while an inner one is open, so these stay valid
};

}  // namespace kedge
