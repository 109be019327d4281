// Parses files with simdjson and does nothing else: what an import's speed is measured against.
//
//   c++ -O3 -std=c++17 simdjson-speed.cpp -lsimdjson -o simdjson-speed
//   find TREE -type f | ./simdjson-speed
//
// A file that ends in .jsonl is parsed line by line, any other as one document. The files are in
// memory before the clock starts. Prints megabytes a second.
#include <simdjson.h>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

int main() {
  simdjson::dom::parser parser;
  double seconds = 0;
  size_t bytes = 0, refused = 0;
  std::string path;
  while (std::getline(std::cin, path)) {
    simdjson::padded_string file;
    if (simdjson::padded_string::load(path).get(file)) continue;
    const bool is_lines = path.size() > 6 && path.compare(path.size() - 6, 6, ".jsonl") == 0;
    const char *start = file.data(), *end = start + file.size();
    const auto began = std::chrono::steady_clock::now();
    while (start < end) {
      const char *stop = end;
      if (is_lines) {
        const void *found = memchr(start, '\n', end - start);
        if (found) stop = static_cast<const char *>(found);
      }
      simdjson::dom::element element;
      // What is behind a line can be read: the next one, or the file's padding.
      if (stop > start && parser.parse(start, stop - start, false).get(element)) refused++;
      start = stop + 1;
    }
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    bytes += file.size();
  }
  std::cout << static_cast<int>(bytes / 1e6 / seconds) << " MB/s, " << refused << " refused\n";
}
