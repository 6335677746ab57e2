#include <kedge/transports/pages/routes.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/pages/plain_answer.hpp>

namespace kedge::transports {
routes& routes::at(std::string path, handler answer) {
    exact_.push_back({std::move(path), std::move(answer)});
    return *this;
}

routes& routes::folder(std::string mount, static_folder files) {
    while (mount.ends_with('/')) mount.pop_back();
    const auto longer = [&](const mounted& each) { return each.mount.size() < mount.size(); };
    folders_.insert(std::find_if(folders_.begin(), folders_.end(), longer), {mount, std::move(files)});
    return *this;
}

void routes::operator()(const exchange& asked) const {
    const auto path = asked.request().path();
    for (const auto& each : exact_)
        if (each.path == path) return each.answer(asked);
    for (const auto& each : folders_)
        if (each.files.serve_below(asked, each.mount)) return;
    asked.reply(404);
}

routes::handler health() {
    return [](const exchange& asked) {
        if (!refuse_writing(asked)) reply_text(asked, 200, plain_text, "ok\n");
    };
}

}  // namespace kedge::transports
