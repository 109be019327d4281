// What Linux has and its C library declares for programs that ask for GNU's extensions alone.
#ifdef __linux__
#include <stdint.h>

// See sync_file_range(2); offsets are of 64 bits wherever Swift runs.
int sync_file_range(int descriptor, int64_t offset, int64_t count, unsigned int flags);

static const unsigned int SYNC_FILE_RANGE_WRITE = 2;
#endif
