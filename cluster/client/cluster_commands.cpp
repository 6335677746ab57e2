#include <kedge/cluster/client/cluster_commands.hpp>

#include <set>
#include <utility>

#include <kedge/cluster/client/node_counts.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::string_view not_there = "Redis is not there";
constexpr std::string_view no_room = "too much waits for Redis";
constexpr unsigned most_redirections = 16;
constexpr engine::duration until_asked_again{100};

void answer_with_text(command_answer& whom, std::string_view text) {
    resp_node node;
    node.kind = resp_kind::text;
    node.size = text.size();
    if (whom) std::exchange(whom, {})(resp_value(&node, text.data()));
}

}  // namespace

/// One command, or all from MULTI to EXEC, of which the last is answered.
struct cluster_commands::order {
    unsigned slot = no_slot;
    std::uint64_t number = 0;
    std::vector<std::string> parts;
    answer told;
    std::string refusal;    // the first error that came for a part
    node_address asking{};  // the node that is to be asked this once; without a port there is none
    unsigned redirections = 0;
    bool patient = true;  // whether it waits while the cluster is down

    std::size_t cost() const {
        std::size_t sum = sizeof(order);
        for (const auto& each : parts) sum += each.size();
        return sum;
    }
};

struct cluster_commands::lane {
    std::set<std::uint64_t> waiting;
    std::size_t under_way = 0;
    const redis_link* at = nullptr;  // where those under way are
    bool held = false;               // something comes back: nothing overtakes it
    bool trying = false;             // it was refused for a while: one goes alone until one is taken
    engine::time_point not_before{};
};

cluster_commands::cluster_commands(engine::loop& home, cluster_watch& watch, line_yard& yard,
                                   engine::random_source& random, hooks told)
    : home_(home),
      watch_(watch),
      yard_(yard),
      hooks_(std::move(told)),
      nodes_(home, watch, yard, random,
             {.on_change = [this] { on_change(); },
              .on_trouble = [this](std::string_view what,
                                   std::string_view why) { hooks_.on_trouble(what, why); }}),
      timer_(engine::timer::calls<&cluster_commands::on_time, cluster_commands>(), this) {}

cluster_commands::~cluster_commands() = default;

void cluster_commands::stop() {
    if (std::exchange(over_, true)) return;
    timer_.disarm();
    nodes_.stop();
    lanes_.clear();
    const auto all = std::exchange(waiting_, {});
    figures().dropped.add(all.size());
    for (const auto& [number, each] : all) answer_with_error(each->told, not_there);
    for (auto& each : std::exchange(unasked_, {})) each();
}

// --- What is given here

unsigned cluster_commands::slot_in(const command_route& route) noexcept {
    return route.where == command_route::kind::to_slot ? route.slot : no_slot;
}

cluster_commands::order_ptr cluster_commands::make_order(const command_route& route, std::string_view command,
                                                         answer on_answer) {
    auto made = std::make_shared<order>();
    made->slot = slot_in(route);
    made->number = ++last_number_;
    made->parts.emplace_back(command);
    made->told = std::move(on_answer);
    return made;
}

/// What stands between MULTI and EXEC goes as one, to where its first key is.
bool cluster_commands::collect(const command_route& route, std::string_view command, answer& on_answer,
                               bool patient) {
    using kind = command_route::kind;
    if (route.where == kind::begins) {
        collected_ = make_order(route, command, {});
        answer_with_text(on_answer, "OK");
        return true;
    }
    if (!collected_) return false;
    if (collected_->slot == no_slot) collected_->slot = slot_in(route);
    collected_->parts.emplace_back(command);
    if (route.where != kind::ends) {
        answer_with_text(on_answer, "QUEUED");
        return true;
    }
    collected_->told = std::move(on_answer);
    put_or_refuse(std::exchange(collected_, nullptr), patient);
    return true;
}

void cluster_commands::send(std::string_view command, answer on_answer) {
    if (over_) {
        figures().dropped.add();
        return answer_with_error(on_answer, not_there);
    }
    const auto route = route_of(command);
    if (collect(route, command, on_answer, true)) return;
    if (route.where == command_route::kind::everywhere)
        return ask_everywhere(std::string(command), std::move(on_answer));
    put(make_order(route, command, std::move(on_answer)));
}

void cluster_commands::send_or_drop(std::string_view command) {
    if (over_) return figures().dropped.add();
    const auto one = make_order(route_of(command), command, {});
    lane& in = lanes_[one->slot];
    redis_link* const to = in.waiting.empty() ? free_target(*one, in) : nullptr;
    to ? transmit(*to, in, one) : figures().dropped.add();
    flush(one->slot);
}

void cluster_commands::ask(std::string_view command, answer on_answer) {
    if (over_) return answer_with_error(on_answer, not_there);
    const auto route = route_of(command);
    if (route.where == command_route::kind::everywhere)
        return ask_everywhere(std::string(command), std::move(on_answer));
    if (collect(route, command, on_answer, false)) return;
    put_or_refuse(make_order(route, command, std::move(on_answer)), false);
}

// --- Lanes

redis_link* cluster_commands::target(const order& one) const {
    if (one.asking.port != 0) return nodes_.ready(&one.asking);
    if (one.slot == no_slot) return nodes_.seat();
    return watch_.map() ? nodes_.ready(watch_.map()->owner(one.slot)) : nullptr;
}

/// Where it can leave for at once. Not while others of its lane are under way elsewhere.
redis_link* cluster_commands::free_target(const order& one, const lane& in) const {
    redis_link* const to = target(one);
    const bool free = to && to->has_room() && !in.held && home_.now() >= in.not_before &&
                      (in.under_way == 0 || (in.at == to && !in.trying));
    return free ? to : nullptr;
}

void cluster_commands::put(const order_ptr& one) {
    lane& in = lanes_[one->slot];
    redis_link* const to = in.waiting.empty() ? free_target(*one, in) : nullptr;
    if (to) return transmit(*to, in, one);
    wait(one);
    shed();
}

void cluster_commands::put_or_refuse(const order_ptr& one, bool patient) {
    one->patient = patient;
    patient || target(*one) ? put(one) : answer_with_error(one->told, not_there);
}

void cluster_commands::wait(const order_ptr& one) {
    waiting_bytes_ += one->cost();
    lanes_[one->slot].waiting.insert(one->number);
    waiting_.emplace(one->number, one);
}

/// Above the limit the oldest make room.
void cluster_commands::shed() {
    while (waiting_bytes_ > yard_.options().max_waiting && !waiting_.empty()) {
        const order_ptr oldest = waiting_.extract(waiting_.begin()).mapped();
        waiting_bytes_ -= oldest->cost();
        lanes_[oldest->slot].waiting.erase(oldest->number);
        figures().dropped.add();
        answer_with_error(oldest->told, no_room);
    }
}

void cluster_commands::transmit(redis_link& to, lane& in, const order_ptr& one) {
    ++in.under_way;
    in.at = &to;
    one->refusal.clear();
    const node_address* const owner = watch_.map() ? watch_.map()->owner(one->slot) : nullptr;
    const node_address from = one->asking.port != 0 ? one->asking : owner ? *owner : node_address();
    if (std::exchange(one->asking, {}).port != 0) to.transmit(make_command({"ASKING"}), [](resp_value) {});
    for (std::size_t i = 0; i < one->parts.size(); ++i)
        to.transmit(one->parts[i], [this, one, i, from](resp_value reply) { on_reply(one, i, from, reply); });
}

void cluster_commands::on_reply(const order_ptr& one, std::size_t part, const node_address& from,
                                resp_value reply) {
    if (reply.is_error() && one->refusal.empty()) one->refusal = reply.text();
    if (part + 1 < one->parts.size()) return;
    lane& in = lanes_[one->slot];
    if (in.under_way > 0) --in.under_way;
    if (!over_ && reply.is_error() && give_on(*one, from, one->refusal)) {
        in.held = in.under_way > 0;
        wait(one);
        if (is_for_later(one->refusal) && one->patient) refuse_impatient(in, one->refusal);
    } else {
        if (in.under_way == 0) in.held = false;
        if (!reply.is_error() || was_carried_out(one->refusal)) in.trying = false;
        if (one->told) {
            std::exchange(one->told, {})(reply);
        } else if (reply.is_error()) {
            hooks_.on_trouble("Redis refused a command", reply.text());
        }
    }
    flush(one->slot);
}

/// Whether another node, or the same one later, is to be asked.
bool cluster_commands::give_on(order& one, const node_address& from, std::string_view error) {
    if (auto to = read_redirection(error)) {
        if (++one.redirections > most_redirections) return false;
        if (to->to.host.empty()) to->to.host = from.host;
        nodes_.name(to->to);
        if (!to->for_good) one.asking = to->to;
        watch_.learn(*to);
        return true;
    }
    if (!is_for_later(error) || (!one.patient && !error.starts_with("TRYAGAIN"))) return false;
    watch_.doubt();
    lane& in = lanes_[one.slot];
    in.trying = true;
    in.not_before = home_.now() + until_asked_again;
    home_.timers().arm(timer_, home_.now() + until_asked_again);
    return true;
}

/// Who does not wait for the cluster does not wait behind who does. He is told last: what he does may end the
/// lane.
void cluster_commands::refuse_impatient(lane& in, std::string_view error) {
    std::vector<order_ptr> refused;
    for (auto each = in.waiting.begin(); each != in.waiting.end();) {
        const auto found = waiting_.find(*each);
        if (found->second->patient) {
            ++each;
            continue;
        }
        waiting_bytes_ -= found->second->cost();
        refused.push_back(std::move(found->second));
        waiting_.erase(found);
        each = in.waiting.erase(each);
    }
    const std::string why(error);
    for (const auto& each : refused) answer_with_error(each->told, why);
}

/// Sends what can be sent of a lane, and forgets the lane when nothing is in it.
void cluster_commands::flush(unsigned slot) {
    const auto found = lanes_.find(slot);
    if (over_ || found == lanes_.end()) return;
    lane& in = found->second;
    while (!in.waiting.empty()) {
        const auto next = waiting_.find(*in.waiting.begin());
        redis_link* const to = free_target(*next->second, in);
        if (!to) return;
        const order_ptr one = next->second;
        waiting_bytes_ -= one->cost();
        waiting_.erase(next);
        in.waiting.erase(in.waiting.begin());
        transmit(*to, in, one);
    }
    if (in.under_way == 0) lanes_.erase(found);
}

void cluster_commands::on_change() {
    if (over_) return;
    if (ready() != was_ready_) {
        was_ready_ = ready();
        was_ready_ ? hooks_.on_ready() : hooks_.on_down();
    }
    std::vector<unsigned> busy;
    for (const auto& [slot, each] : lanes_)
        if (!each.waiting.empty()) busy.push_back(slot);
    for (const auto slot : busy) flush(slot);
    for (auto& each : std::exchange(unasked_, {})) each();
}

// --- Questions to all nodes

void cluster_commands::ask_everywhere(const std::string& command, answer on_answer) {
    if (over_) return answer_with_error(on_answer, not_there);
    if (!nodes_.all_known()) {
        unasked_.emplace_back([this, command, on_answer = std::move(on_answer)]() mutable {
            ask_everywhere(command, std::move(on_answer));
        });
        return;
    }
    const auto there = nodes_.all_there();
    if (there.empty()) return answer_with_error(on_answer, not_there);
    const auto sum = std::make_shared<node_counts>(there.size(), std::move(on_answer));
    for (auto* const each : there) each->send(command, [sum](resp_value reply) { sum->add(reply); });
}

}  // namespace kedge::cluster
