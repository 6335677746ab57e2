#include <doctest/doctest.h>

#include <malloc.h>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/value_memory.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>

// Counts what values hold of the heap. The sanitizers bring operators of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

std::atomic<bool> counting{false};
std::atomic<long> held{0};
std::atomic<long> allocations{0};
std::atomic<long> failing{-1};  // which of those that are counted

/// What an aligned one may use beyond its size is less than its alignment.
long size_of(void* what, std::size_t alignment) {
    return static_cast<long>(::malloc_usable_size(what) / alignment * alignment + sizeof(void*));
}

void* noted(void* got, std::size_t alignment = 1) {
    if (!got) throw std::bad_alloc();
    if (!counting.load(std::memory_order_relaxed)) return got;
    if (allocations++ == failing) {
        std::free(got);
        throw std::bad_alloc();
    }
    held += size_of(got, alignment);
    return got;
}

void* take(std::size_t size) {
    return noted(std::malloc(size != 0 ? size : 1));
}

void give(void* what, std::size_t alignment = 1) noexcept {
    if (what && counting.load(std::memory_order_relaxed)) held -= size_of(what, alignment);
    std::free(what);
}

std::string array_of(std::string_view each, std::size_t bytes) {
    std::string text = "[";
    while (text.size() < bytes) text.append(each).append(",");
    text.back() = ']';
    return text;
}

}  // namespace

void* operator new(std::size_t size) {
    return take(size);
}
void* operator new[](std::size_t size) {
    return take(size);
}
void operator delete(void* what) noexcept {
    give(what);
}
void operator delete[](void* what) noexcept {
    give(what);
}
void operator delete(void* what, std::size_t) noexcept {
    give(what);
}
void operator delete[](void* what, std::size_t) noexcept {
    give(what);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    return noted(::aligned_alloc(static_cast<std::size_t>(alignment), size),
                 static_cast<std::size_t>(alignment));
}
void operator delete(void* what, std::align_val_t alignment) noexcept {
    give(what, static_cast<std::size_t>(alignment));
}

TEST_CASE("release: no JSON takes more memory than it counts, or than its bytes allow") {
    const std::string long_string = "\"" + std::string(1000, 's') + "\"";
    const std::string deep = std::string(900, '[') + std::string(900, ']');
    for (const std::string_view each :
         {std::string_view("[]"), std::string_view("{}"), std::string_view("\"\""), std::string_view("1"),
          std::string_view("[1]"), std::string_view("[[]]"), std::string_view("{\"\":0}"),
          std::string_view("{\"a\":{}}"), std::string_view("{\"a name that is long\":null}"),
          std::string_view("\"text of some bytes\""), std::string_view(long_string),
          std::string_view(deep)}) {
        const std::string text = array_of(each, 100'000);
        const auto parsed = kedge::value::parse(text);
        REQUIRE(parsed);
        kedge::tape laid_out;
        parsed->write(laid_out);
        const auto counted = static_cast<long>(kedge::memory_of(laid_out.root()));
        held = 0;
        allocations = 0;
        counting = true;
        const kedge::value kept(laid_out.root());
        counting = false;
        CAPTURE(each.substr(0, 30));
        MESSAGE("bytes of JSON: ", text.size(), ", held: ", held.load(), ", counted: ", counted);
        CHECK(held <= counted);
        CHECK(counted <= 4 * held);
        CHECK(held <= static_cast<long>(text.size()) * 42);
        CHECK(allocations <= static_cast<long>(text.size()));
    }
}

TEST_CASE("release: a megabyte of tiny values takes few allocations, and gives back what it took") {
    for (const std::string_view each :
         {std::string_view("[]"), std::string_view("{}"), std::string_view("[0]"), std::string_view("[[]]"),
          std::string_view("\"\""), std::string_view("\"a\""), std::string_view("{\"a\":0}"),
          std::string_view("{\"a\":[\"b\"]}"), std::string_view("1.5")}) {
        CAPTURE(each);
        kedge::tape laid_out;
        const auto parsed = kedge::value::parse(array_of(each, 1'000'000));
        REQUIRE(parsed);
        parsed->write(laid_out);  // which points into it
        held = 0;
        allocations = 0;
        counting = true;
        kedge::value kept(laid_out.root());
        CHECK(allocations < 100);
        const kedge::value one(kept[100'000 % kept.size()]);
        kept = {};
        counting = false;
        CHECK(held < 1'000);
    }
}

TEST_CASE("release: a value that cannot be made for want of memory leaves nothing behind") {
    const auto object = [] {
        const std::string name(40, 'n');
        kedge::value made{{name, "a text"}, {"b", kedge::value::array({"x", 1})}, {"c", name}};
        made["b"].push_back("another");
        made.erase(name);
    };
    std::string text = array_of("{\"a\":[\"b\"],\"a long name of a member\":\"c\",\"a\":{\"d\":1}}", 20'000);
    kedge::tape laid_out;
    REQUIRE(kedge::read_json(text, 8, laid_out) == kedge::json_outcome::read);
    const auto copies = [&] {
        const kedge::value made(laid_out.root());
        kedge::value again(made[7]);
        again["more"] = 1;
    };
    const auto fails_cleanly = [](const auto& make, long which) {
        held = allocations = 0;
        failing = which;
        counting = true;
        bool failed = false;
        try {
            make();
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        counting = false;
        failing = -1;
        CHECK(held == 0);
        return failed;
    };
    long which = 0;
    while (fails_cleanly(object, which)) ++which;
    CHECK(which > 5);
    for (which = 0; fails_cleanly(copies, which);) which += 1 + which / 8;
    CHECK(which > 5);
}

TEST_CASE("release: a part of a large value outlives it") {
    const std::string text = array_of("{\"name\":[\"a text of some length\",[],\"\",{}]}", 200'000);
    kedge::value taken;
    {
        kedge::value whole = *kedge::value::parse(text);
        taken = std::move(whole[1234]);
        whole[1235]["name"].push_back(std::string(2000, 'x'));
        whole[1236]["more"] = kedge::value::array({1, 2, 3});
        CHECK(whole[1235]["name"].size() == 5);
        CHECK(whole[1236].to_json() == R"({"name":["a text of some length",[],"",{}],"more":[1,2,3]})");
    }
    taken["name"].push_back(1);
    CHECK(taken.to_json() == R"({"name":["a text of some length",[],"",{},1]})");
}

#endif
