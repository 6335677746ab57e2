#include <algorithm>
#include <bench/load/http_answer.hpp>
#include <bench/load/http_stream.hpp>

namespace bench {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace

bool http_stream::take_head(std::string_view& bytes) {
    head_ += bytes;
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    bytes.remove_prefix(bytes.size() - (head_.size() - end - 4));
    head_.resize(end + 2);
    succeeded_ = head_.rfind("HTTP/1.1 20", 0) == 0;
    chunked_ = head_.find("chunked\r\n") != std::string::npos;
    left_ = content_length(head_);
    head_.clear();
    tail_.clear();
    in_body_ = succeeded_;
    return succeeded_;
}

bool http_stream::take_body(std::string_view bytes) {
    if (chunked_) {
        tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), last_chunk.size()));
        if (tail_.size() > last_chunk.size()) tail_.erase(0, tail_.size() - last_chunk.size());
        in_body_ = tail_ != last_chunk;
    } else {
        left_ -= std::min(left_, bytes.size());
        in_body_ = left_ != 0;
    }
    return !in_body_;
}

}  // namespace bench
