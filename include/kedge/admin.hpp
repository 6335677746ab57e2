#pragma once

#include <kedge/admin/instrument.hpp>
