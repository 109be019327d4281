#include <stdlib.h>
#include <string.h>
#include <libpq-fe.h>

// A character constant, which Swift does not see as a number.
static const int catchment_sqlstate_field = PG_DIAG_SQLSTATE;
