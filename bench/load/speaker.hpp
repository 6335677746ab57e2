#pragma once

#include <bench/load/connection.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

class speaker;

/// What a run does with its speakers.
class speaker_owner {
  public:
    virtual ~speaker_owner() = default;
    /// It may say something, and hears whatever is said from now on.
    virtual void on_ready(speaker& who) = 0;
    /// A message came, which carries this number.
    virtual void on_heard(speaker& who, std::size_t number) = 0;
};

/// A client of SockJS or STOMP. Servers frame messages in different ways: of what it receives it looks at
/// the messages alone, each of which carries a mark and a number.
class speaker {
  public:
    speaker(std::size_t number, speaker_owner& owner) : number_(number), owner_(owner) {}
    virtual ~speaker() = default;
    speaker(const speaker&) = delete;
    speaker& operator=(const speaker&) = delete;

    std::size_t number() const noexcept { return number_; }
    virtual void say(std::string_view message) = 0;

  protected:
    void ready() { owner_.on_ready(*this); }
    void hear(std::string_view bytes);
    [[noreturn]] static void on_surprise(std::string_view what, std::string_view bytes);

  private:
    std::size_t number_;
    speaker_owner& owner_;
    std::string incomplete_;
};

/// Numbers of messages begin anew when so many were said.
inline constexpr std::size_t speaker_period = 10'000;
std::string spoken(std::size_t number, std::size_t size);

/// How clients of other protocols speak, and to what: a prefix of SockJS, or a websocket of STOMP.
struct dialect {
    std::string name;  ///< raw, websocket, xhr-streaming, eventsource, htmlfile, xhr, jsonp, stomp
    std::string path;
    bool together = false;  ///< of STOMP: all have one topic; else each its own
};

/// The path of a SockJS session that no other run has.
std::string session_path(const dialect& how, std::size_t number);

/// One that has begun to connect.
std::unique_ptr<speaker> open_speaker(const dialect& how, poller& poll, const target& where,
                                      std::size_t number, speaker_owner& owner);
std::unique_ptr<speaker> open_websocket_speaker(const dialect& how, poller& poll, const target& where,
                                                std::size_t number, speaker_owner& owner);
std::unique_ptr<speaker> open_http_speaker(const dialect& how, poller& poll, const target& where,
                                           std::size_t number, speaker_owner& owner);

}  // namespace bench
