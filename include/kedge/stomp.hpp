#pragma once

#include <kedge/stomp/broker.hpp>
#include <kedge/stomp/relay.hpp>
