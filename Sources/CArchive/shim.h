#include <archive.h>
#include <archive_entry.h>

/* archive_set_error takes a format and is variadic, which Swift cannot call. */
static inline void archive_set_error_text(struct archive *archive, int number, const char *text) {
  archive_set_error(archive, number, "%s", text);
}
