#pragma once

#include <exception>

namespace kedge::engine {

/// The one place where code of the application is called: hooks, handlers, completions, adapters, log
/// functions. Whatever it throws, a std::exception or not, ends here and is given to
/// `report(std::exception_ptr)`. That is the application's too, as a rule: what it throws is dropped, since
/// nobody is left to tell. So what follows such a call happens whatever the application does. False when it
/// threw.
template <class Call, class Report>
bool guarded(Call&& call, Report&& report) noexcept {
    try {
        call();
        return true;
    } catch (...) {
        try {
            report(std::current_exception());
        } catch (...) {  // the last resort has failed
        }
        return false;
    }
}

}  // namespace kedge::engine
