#pragma once

#include <kedge/stomp/broker.hpp>
