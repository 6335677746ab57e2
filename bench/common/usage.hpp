#pragma once

#include <sys/types.h>

namespace bench {

/// Processor seconds that a process has used since it began, all threads, to the nanosecond.
double processor_seconds(pid_t process);
/// Processor seconds that all processes together have used since the machine began, stolen time included.
double machine_seconds();
/// Kilobytes of memory that a process holds.
double resident_kilobytes(pid_t process);

}  // namespace bench
