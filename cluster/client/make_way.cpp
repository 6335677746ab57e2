#include <kedge/cluster/client/make_way.hpp>

#include <utility>

#include <kedge/cluster/client/cluster_way.hpp>
#include <kedge/cluster/client/spread_way.hpp>
#include <kedge/cluster/redis/subscriptions.hpp>

namespace kedge::cluster {

namespace {

redis_address for_listening(redis_address where) {
    where.link.answers = false;
    return where;
}

/// Redis answers nothing while it waits for entries.
redis_address patient(redis_address where, engine::duration block) {
    where.link.ping_after += block;
    return where;
}

/// A stream and the line that it is read by.
class single_reading final : public redis_way::reading {
  public:
    single_reading(transports::worker& home, const redis_address& where, const std::string& name,
                   const stream_reader::settings& how, stream_reader::trouble_hook on_trouble)
        : reader_(home, name, how, std::move(on_trouble)), line_(home, patient(where, how.block), reader_) {
        reader_.use(line_.link());
    }

    stream_reader& reader() noexcept override { return reader_; }
    void start() override { line_.start(); }
    void stop() override { line_.stop(); }

  private:
    stream_reader reader_;
    redis_line line_;
};

/// One server: a connection for commands, so that all that is published has one order, and one that listens.
class single_way final : public redis_way, private link_user {
  public:
    single_way(transports::worker& home, const redis_address& where, hooks told)
        : home_(home),
          where_(where),
          hooks_(std::move(told)),
          commands_(home, where, *this),
          channels_(
              {.on_live = hooks_.on_live, .on_down = hooks_.on_not_live, .on_trouble = hooks_.on_trouble}),
          listening_(home, for_listening(where), channels_) {
        channels_.use(listening_.link());
    }

    void start(bool listening) override {
        commands_.start();
        if (listening) listening_.start();
    }
    void stop() override {
        commands_.stop();
        listening_.stop();
    }
    command_port& commands() noexcept override { return commands_.link(); }
    channel_port& channels() noexcept override { return channels_; }
    std::unique_ptr<reading> read(const std::string& name, const stream_reader::settings& how) override {
        return std::make_unique<single_reading>(home_, where_, name, how, hooks_.on_trouble);
    }

  private:
    void on_ready() override { hooks_.on_ready(); }
    void on_down() override { hooks_.on_not_ready(); }
    void on_trouble(std::string_view what, std::string_view why) override { hooks_.on_trouble(what, why); }

    transports::worker& home_;
    redis_address where_;
    hooks hooks_;
    redis_line commands_;
    subscriptions channels_;
    redis_line listening_;
};

}  // namespace

std::unique_ptr<redis_way> make_way(transports::worker& home, const redis_address& where,
                                    redis_way::hooks told) {
    const auto make = [&](redis_way::hooks to) -> std::unique_ptr<redis_way> {
        if (!where.nodes.empty()) return std::make_unique<cluster_way>(home, where, std::move(to));
        return std::make_unique<single_way>(home, where, std::move(to));
    };
    if (where.connections == 1) return make(std::move(told));
    return std::make_unique<spread_way>(where.connections, make, std::move(told));
}

}  // namespace kedge::cluster
