#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <kedge/engine/counter.hpp>
#include <kedge/engine/keyed_hash.hpp>

namespace kedge {

class room;
class room_index;

/// What the index keeps inside each socket: its id and the rooms that it is in. The room that is named by the
/// socket's own id costs one flag, since every socket has one and hardly any other socket joins it.
///
/// It stands in the index from its beginning until remove(), and no longer than it lives, whatever happens.
class room_member {
  public:
    /// Findable by its id from now on; before it is present it can join rooms but receives nothing.
    room_member(room_index& in, std::string id);
    room_member(const room_member&) = delete;
    room_member& operator=(const room_member&) = delete;

    const std::string& id() const noexcept { return id_; }
    std::size_t room_count() const noexcept { return live_places_ + (in_own_room_ ? 1U : 0U); }
    /// Of the names of its rooms, its own apart.
    std::size_t room_name_bytes() const noexcept { return name_bytes_; }

  protected:
    ~room_member();

  private:
    friend class room_index;
    struct place {
        room* where;  // null: left; the order of the others is kept
        std::uint32_t slot;
    };
    using place_index = std::unordered_map<const room*, std::uint32_t>;

    room_index* in_;  // null: removed
    std::string id_;
    std::vector<place> places_;
    std::unique_ptr<place_index> by_room_;  // only while there are many places
    std::uint64_t mark_ = 0;
    std::size_t name_bytes_ = 0;
    std::uint32_t live_places_ = 0;
    std::uint32_t present_slot_ = absent;
    bool in_own_room_ = false;
    bool known_ = false;
    bool leaving_ = false;  // all its rooms

    static constexpr std::uint32_t absent = ~std::uint32_t{0};
};

/// The members of one room, in order of joining. A member that leaves is struck out; the list is closed up
/// when most of it is struck out.
class room {
  private:
    friend class room_index;
    struct slot {
        room_member* who;  // null: left
        std::uint32_t place;
    };
    std::string_view name_;
    std::vector<slot> slots_;
    std::size_t live_ = 0;
};

/// Who is told that rooms come, go, and change.
class room_events {
  public:
    virtual void on_create_room(std::string_view room) = 0;
    virtual void on_join_room(std::string_view room, std::string_view id) = 0;
    virtual void on_leave_room(std::string_view room, std::string_view id) = 0;
    virtual void on_delete_room(std::string_view room) = 0;

  protected:
    ~room_events() = default;
};

/// The rooms of one namespace on one worker, and the sockets that are present there. Joining and leaving cost
/// the same however full the room is; visiting costs what is visited. Who is told of changes is told when
/// they are complete, and may make others, but for joins of one that leaves all its rooms. Outlives its
/// members.
class room_index {
  public:
    explicit room_index(room_events* told = nullptr) : told_(told) {}
    room_index(const room_index&) = delete;
    room_index& operator=(const room_index&) = delete;

    /// From now on selections can include it.
    void present(room_member& who);
    /// Takes it out of all rooms and of the index, for good.
    void remove(room_member& who);
    /// The same without a word to anybody.
    void forget(room_member& who);
    bool is_present(const room_member& who) const noexcept {
        return who.present_slot_ != room_member::absent;
    }
    /// From any thread.
    std::size_t present_count() const noexcept { return present_count_.value(); }
    /// The member of this id, present or not.
    room_member* known(std::string_view id) const noexcept;
    /// The member of this id that is present.
    room_member* find(std::string_view id) const noexcept;

    /// False when it was in the room already.
    bool join(room_member& who, std::string_view name);
    /// False when it was not in the room.
    bool leave(room_member& who, std::string_view name);
    void leave_all(room_member& who);
    bool contains(const room_member& who, std::string_view name) const noexcept;
    std::vector<std::string> rooms_of(const room_member& who) const;

    /// The number of members, present or not.
    std::size_t room_size(std::string_view name) const noexcept;
    std::vector<std::string> room_names() const;

    /// Appends those present who are in any of `rooms` (in all of the namespace when there are none) and in
    /// none of `except`, each once: room by room, in order of joining.
    void select(std::span<const std::string> rooms, std::span<const std::string> except,
                std::vector<room_member*>& into);

  private:
    friend class room_member;
    using place = room_member::place;
    using room_map = engine::keyed_map<std::string, room>;

    void introduce(room_member& who);
    template <class Visit>
    void visit_room(std::string_view name, Visit&& visit) const;
    room_member* known(const engine::hashed_text& id) const noexcept;
    room_member* owner_in_room(std::string_view name) const noexcept {
        return owner_in_room(engine::hashed_text(name));
    }
    room_member* owner_in_room(const engine::hashed_text& name) const noexcept;
    std::uint32_t find_place(const room_member& who, const room& where) const noexcept;
    void enter(room_member& who, room& where);
    void strike(room_member& who, std::uint32_t at);
    void strike_present(room_member& who);
    static void close_up(room& where);
    static void close_up(room_member& who);
    void join_own(room_member& who);
    void leave_own(room_member& who);

    room_events* told_;
    room_map rooms_;
    engine::keyed_map<std::string_view, room_member*> ids_;
    std::vector<room_member*> present_;
    engine::counter present_count_;
    std::uint64_t last_mark_ = 0;
};

}  // namespace kedge
