#include <kedge/socketio/value/arguments.hpp>

#include <kedge/socketio/value/json_writer.hpp>

namespace kedge {

arguments::arguments(const items& from) {
    values_.reserve(from.size());
    for (const item each : from) values_.emplace_back(each);
}

const value& arguments::operator[](std::size_t index) const noexcept {
    static const value missing{};
    return index < values_.size() ? values_[index] : missing;
}

std::string argument_error::message() const {
    return "argument " + std::to_string(index) + path + ": expected " + expected + ", received " + received;
}

void argument_reader::refuse(mismatch what) {
    error_ = argument_error{count_ - 1, std::move(what.path), std::move(what.expected),
                            describe_received(what.received)};
}

std::string describe_received(const item& received) {
    if (!received.exists()) return "nothing";
    std::string text(to_string(received.kind()));
    if (!received.is_number()) return text;
    text += ' ';
    json_writer out(text);
    received.write(out);
    return text;
}

}  // namespace kedge
