#pragma once

namespace own {

/// A header of the program's own that is named like one of the library's.
struct value {
    int amount = 4;
};

}  // namespace own
