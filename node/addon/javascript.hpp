#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <node_api.h>

namespace kedge::node {

/// The functions of JavaScript that the addon calls, and the scope in which it does. What one read brings is
/// told in one scope; ticks and microtasks run when it ends.
class javascript final {
  public:
    /// A text message of Engine.IO (its type taken off), any other text, and so on.
    enum class event : std::uint8_t {
        message,
        packet,
        binary,
        ping,
        pong,
        closing,
        close,
        drain,
        output,
        finish,
        // of sessions that live here, and of what accepts their clients
        session,
        text,
        data,
        sent,
        watched,
        ended,
        consent,
        refused,
        headers,
        handed,
        closed,
        count
    };

    /// `handlers`: an object with a function for each event; `resource`: whose calls they are, for
    /// async_hooks.
    javascript(napi_env env, napi_value handlers, napi_value resource);
    ~javascript();
    javascript(const javascript&) = delete;
    javascript& operator=(const javascript&) = delete;

    /// Begins the scope of what this one has to tell, and ends that of another. False when JavaScript can no
    /// longer be called.
    bool enter(std::uint32_t id);
    /// While JavaScript itself has called and waits, its own scope serves: none begins, and none ends.
    class stay {
      public:
        explicit stay(javascript& above) noexcept : above_(above), before_(above.called_) {
            above.called_ = true;
        }
        ~stay() { above_.called_ = before_; }
        stay(const stay&) = delete;
        stay& operator=(const stay&) = delete;

      private:
        javascript& above_;
        const bool before_;
    };
    /// Ends the scope, if there is one: ticks and microtasks run during this call.
    void leave() noexcept;
    /// Whether this one has told something in the scope that is open.
    bool telling(std::uint32_t id) const noexcept { return callback_scope_ != nullptr && teller_ == id; }

    // Within the scope. What a handler throws goes where Node's goes, and does not come back here.
    void tell_text(event which, std::uint32_t id, std::string_view text) noexcept;
    void tell_bytes(event which, std::uint32_t id, std::span<const char> data) noexcept;
    /// `read` and `written`: what the connection has carried; below 0 where that is not known.
    void tell_close(std::uint32_t id, int how, unsigned code, std::string_view reason, double read,
                    double written) noexcept;
    void tell_plainly(event which, std::uint32_t id) noexcept;

    /// The values made since it was are let go of with it.
    class values {
      public:
        explicit values(const javascript& of) noexcept : env_(of.env_) {
            if (napi_open_handle_scope(env_, &scope_) != napi_ok) scope_ = nullptr;
        }
        ~values() {
            if (scope_) napi_close_handle_scope(env_, scope_);
        }
        values(const values&) = delete;
        values& operator=(const values&) = delete;

      private:
        napi_env env_;
        napi_handle_scope scope_ = nullptr;
    };
    /// What it returned; null when it threw.
    napi_value call(event which, std::span<const napi_value> arguments) noexcept;
    napi_value number(std::uint32_t value) const noexcept;
    napi_value real(double value) const noexcept;
    napi_value string(std::string_view text) const noexcept;
    /// Of bytes that are no UTF-8, as Node reads headers.
    napi_value latin1(std::string_view text) const noexcept;
    napi_value boolean(bool value) const noexcept;
    napi_value bytes(std::string_view data) const noexcept;
    napi_value list(std::span<const napi_value> items) const noexcept;
    bool truth(napi_value value) const noexcept;
    /// The texts of an array, each byte of them a character.
    std::vector<std::string> texts(napi_value array) const;

    // For what stands below a websocket in JavaScript, each call in a scope of its own.

    /// Gives bytes to be written. False when no more should follow until JavaScript says so.
    bool hand_out(napi_ref to, std::string_view bytes);
    /// Nothing more will be written.
    void tell_finished(napi_ref to) noexcept;

    /// Holds an object of JavaScript, until it is forgotten.
    napi_ref keep(napi_value object);
    void forget(napi_ref kept) noexcept { napi_delete_reference(env_, kept); }

    /// The environment ends: nothing is called any more.
    void silence() noexcept { silent_ = true; }

  private:
    napi_value object(napi_ref kept) const noexcept;

    napi_env env_;
    napi_ref handlers_[static_cast<std::size_t>(event::count)] = {};
    napi_ref resource_ = nullptr;
    napi_async_context context_ = nullptr;
    napi_handle_scope handle_scope_ = nullptr;
    napi_callback_scope callback_scope_ = nullptr;
    std::uint32_t teller_ = 0;
    bool silent_ = false;
    bool called_ = false;
};

}  // namespace kedge::node
