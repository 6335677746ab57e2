#pragma once

#include <memory>
#include <utility>

namespace kedge::engine {

/// What an object brings along to stand in an owned_list: its own place, so that taking it in cannot fail.
class list_link {
  protected:
    list_link() noexcept = default;
    ~list_link() = default;
    list_link(const list_link&) = delete;
    list_link& operator=(const list_link&) = delete;

  private:
    template <class T>
    friend class owned_list;
    void unlink() noexcept {
        next_->previous_ = previous_;
        previous_->next_ = next_;
        next_ = previous_ = nullptr;
    }
    list_link* next_ = nullptr;
    list_link* previous_ = nullptr;
};

/// Owns objects that derive from list_link, in the order in which they came. Nothing here allocates: what is
/// to be ended or destroyed can be put away even when memory has run out.
template <class T>
class owned_list {
  public:
    owned_list() noexcept { ends_.next_ = ends_.previous_ = &ends_; }
    ~owned_list() { clear(); }
    owned_list(const owned_list&) = delete;
    owned_list& operator=(const owned_list&) = delete;

    bool empty() const noexcept { return ends_.next_ == &ends_; }

    T& add(std::unique_ptr<T> who) noexcept {
        T& taken = *who.release();
        append(taken);
        return taken;
    }
    /// Gives it back from whichever list it is in; null when it is in none.
    static std::unique_ptr<T> take(T& who) noexcept {
        list_link& link = who;
        if (!link.next_) return nullptr;
        link.unlink();
        return std::unique_ptr<T>(&who);
    }
    /// The one that has been here longest.
    std::unique_ptr<T> take_first() noexcept { return empty() ? nullptr : take(at(*ends_.next_)); }
    /// Takes over all of another list.
    void take_all(owned_list& from) noexcept {
        while (!from.empty()) add(from.take_first());
    }
    /// Destroys all, the oldest first, and what comes meanwhile too.
    void clear() noexcept {
        while (!empty()) take_first();
    }
    /// Calls `visit(T&)` for all. None may leave meanwhile.
    template <class Visit>
    void each(Visit&& visit) {
        for (list_link* link = ends_.next_; link != &ends_; link = link->next_) visit(at(*link));
    }

  private:
    struct sentinel : list_link {};

    static T& at(list_link& link) noexcept { return static_cast<T&>(link); }
    void append(list_link& link) noexcept {
        link.next_ = &ends_;
        link.previous_ = ends_.previous_;
        ends_.previous_->next_ = &link;
        ends_.previous_ = &link;
    }

    sentinel ends_;
};

}  // namespace kedge::engine
