// simdjson's DOM parser as plain C: parse, then read its tape where it lies.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csimdjson_parser csimdjson_parser;

// What a parse leaves behind; it stays valid until the parser's next one.
typedef struct {
  const uint64_t *words;        // the tape, words[0] its root
  const uint8_t *strings;       // each string: four bytes of length, the text, a zero byte
  const uint32_t *structurals;  // offsets of { } [ ] : , and of each scalar; then the document's length
} csimdjson_tape;

// Bytes that must be readable after a document.
size_t csimdjson_padding(void);

// A parser for containers nested to `max_depth`, or NULL where memory is out.
csimdjson_parser *csimdjson_create(size_t max_depth);
void csimdjson_destroy(csimdjson_parser *parser);

// Parses one document; 0 for success, or simdjson's error code.
int csimdjson_parse(csimdjson_parser *parser, const uint8_t *bytes, size_t count,
                    csimdjson_tape *tape);

#ifdef __cplusplus
}
#endif
#endif
