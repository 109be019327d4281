#include "CSimdJSON.h"

#include <algorithm>
#include <new>
#include <simdjson.h>

struct csimdjson_parser {
  simdjson::dom::parser parser;
  size_t max_depth;
};

// Grows by doubling, so that a stream of lines soon stops allocating.
static simdjson::error_code reserve(csimdjson_parser *self, size_t count) {
  if (count <= self->parser.capacity()) return simdjson::SUCCESS;
  size_t capacity = std::max({count, size_t(1) << 16, 2 * self->parser.capacity()});
  capacity = std::min(capacity, simdjson::SIMDJSON_MAXSIZE_BYTES);
  if (auto error = self->parser.doc.allocate(capacity)) return error;
  return self->parser.allocate(capacity, self->max_depth);
}

size_t csimdjson_padding(void) { return simdjson::SIMDJSON_PADDING; }

csimdjson_parser *csimdjson_create(size_t max_depth) {
  return new (std::nothrow) csimdjson_parser{simdjson::dom::parser{}, max_depth};
}

void csimdjson_destroy(csimdjson_parser *parser) { delete parser; }

int csimdjson_parse(csimdjson_parser *self, const uint8_t *bytes, size_t count,
                    csimdjson_tape *tape) {
  if (auto error = reserve(self, count)) return error;
  auto &parser = self->parser;
  if (auto error = parser.implementation->parse(bytes, count, parser.doc)) return error;
  tape->words = parser.doc.tape.get();
  tape->strings = parser.doc.string_buf.get();
  tape->structurals = parser.implementation->structural_indexes.get();
  return simdjson::SUCCESS;
}
