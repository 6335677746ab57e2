#include <kedge/admin/page.hpp>

#include <span>

#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge::admin {

// An adapter that reaches others wants events in a form that can be sent to them.
bool page::in_fleet() const {
    return at_.state()->adapter().wants() != data_form::none;
}

void page::log(log_level level, std::string_view event,
               std::initializer_list<log_record::field> facts) const {
    at_.state()->owner().log(level, event, std::span(facts.begin(), facts.size()));
}

void page::hint(std::string_view event, std::initializer_list<log_record::field> facts) const {
    at_.state()->owner().hint(event, facts);
}

}  // namespace kedge::admin
