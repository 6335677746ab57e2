#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <kedge/socketio/value/json_access.hpp>
#include <kedge/socketio/value/json_scalars.hpp>

namespace kedge {

/// The public members of a struct that BOOST_DESCRIBE_STRUCT described, those of its bases included.
template <class T>
using boost_members =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
concept boost_described_struct = std::is_class_v<T> && requires {
    typename boost_members<T>;
};
template <class T>
concept boost_described_enum = json_enum<T> && requires {
    typename boost::describe::describe_enumerators<T>;
};

template <class... D>
constexpr auto boost_fields(boost::mp11::mp_list<D...>) {
    return fields(field(D::name, D::pointer)...);
}

/// Structs that Boost.Describe knows need no kedge::json of their own.
template <boost_described_struct T>
struct json<T> {
    static constexpr auto fields =
        boost_fields(boost::mp11::mp_rename<boost_members<T>, boost::mp11::mp_list>());
};

template <class T, class... D>
constexpr std::array<json_name<T>, sizeof...(D)> boost_names(boost::mp11::mp_list<D...>) {
    return {{name(D::name, D::value)...}};
}

/// Enums by the names of their enumerators.
template <boost_described_enum T>
struct json<T> {
    static constexpr auto names = boost_names<T>(
        boost::mp11::mp_rename<boost::describe::describe_enumerators<T>, boost::mp11::mp_list>());
};

}  // namespace kedge
