#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace kedge::test {

/// Asks a Redis of the tests, in words that may have any bytes.
class redis_speaker {
  public:
    using words = std::vector<std::string>;

    explicit redis_speaker(const std::string& path) : to_(::redisConnectUnix(path.c_str()), ::redisFree) {
        if (!to_ || to_->err != 0) throw std::runtime_error("Redis is not there");
    }

    /// The texts of the answer; those of an error begin with "-".
    words ask(const words& said) {
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const auto& each : said) {
            texts.push_back(each.data());
            sizes.push_back(each.size());
        }
        const std::unique_ptr<redisReply, void (*)(void*)> reply(
            static_cast<redisReply*>(
                ::redisCommandArgv(to_.get(), static_cast<int>(said.size()), texts.data(), sizes.data())),
            ::freeReplyObject);
        if (!reply) throw std::runtime_error("Redis has gone");
        words made;
        note(*reply, made);
        return made;
    }
    long long count(const words& said) { return std::stoll(ask(said).at(0)); }

  private:
    static void note(const redisReply& from, words& to) {
        for (std::size_t i = 0; i < from.elements; ++i) note(*from.element[i], to);
        if (from.type == REDIS_REPLY_INTEGER) to.push_back(std::to_string(from.integer));
        if (from.type == REDIS_REPLY_STRING || from.type == REDIS_REPLY_STATUS)
            to.emplace_back(from.str, from.len);
        if (from.type == REDIS_REPLY_ERROR) to.push_back('-' + std::string(from.str, from.len));
    }

    std::unique_ptr<redisContext, void (*)(redisContext*)> to_;
};

}  // namespace kedge::test
