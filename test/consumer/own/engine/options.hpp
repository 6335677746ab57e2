#pragma once

namespace own {

/// A header of the program's own that is named like one of the library's.
struct options {
    int retries = 3;
};

}  // namespace own
