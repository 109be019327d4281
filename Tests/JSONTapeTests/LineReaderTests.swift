import Foundation
import Testing

@testable import JSONTape

/// What a reader says of a line, to compare.
struct Seen: Equatable, CustomStringConvertible {
  var offset: Int
  var text: String
  var end = 0
  var isTerminated = true

  init(_ line: Line) {
    offset = line.offset
    text = String(decoding: line.bytes, as: UTF8.self)
    end = line.end
    isTerminated = line.isTerminated
  }

  init(_ offset: Int, _ text: String, end: Int, isTerminated: Bool = true) {
    (self.offset, self.text, self.end, self.isTerminated) = (offset, text, end, isTerminated)
  }

  var description: String { "\(offset)..<\(end) \(text) \(isTerminated)" }
}

func seen(_ bytes: [UInt8], from offset: Int = 0) -> [Seen] {
  bytes.withUnsafeBytes { region in LineReader(region, from: offset).map { Seen($0) } }
}

@Suite struct `A line reader` {
  @Test func `splits at newlines`() {
    #expect(
      seen(Array("a\nbé\r\n\n\r\nc".utf8)) == [
        Seen(0, "a", end: 2), Seen(2, "bé", end: 7), Seen(7, "", end: 8), Seen(8, "", end: 10),
        Seen(10, "c", end: 11, isTerminated: false),
      ])
  }

  @Test(arguments: ["", "\u{FEFF}"])
  func `finds no line in an empty file`(text: String) {
    #expect(seen(Array(text.utf8)).isEmpty)
    #expect(LineReader(UnsafeRawBufferPointer(start: nil, count: 0)).map { $0.offset }.isEmpty)
  }

  @Test func `passes over a byte order mark at the beginning alone`() {
    let text = "\u{FEFF}a\n\u{FEFF}b\r"
    #expect(
      seen(Array(text.utf8)) == [
        Seen(3, "a", end: 5), Seen(5, "\u{FEFF}b", end: 10, isTerminated: false),
      ])
  }

  @Test func `takes up where it is told`() {
    #expect(seen(Array("ab\ncd\n".utf8), from: 3) == [Seen(3, "cd", end: 6)])
    #expect(seen(Array("ab\ncd\n".utf8), from: 6).isEmpty)
  }

  @Test func `knows which lines are padded`() {
    let text = "a\n" + String(repeating: "b", count: TapeParser.padding - 1) + "\n"
    Array(text.utf8).withUnsafeBytes { region in
      #expect(LineReader(region).map(\.isPadded) == [true, false])
    }
  }
}

@Suite struct `A stream line reader` {
  static let texts = [
    "", "\n", "\r", "\r\n", "a", "a\n", "a\r\nb\r\n", "\n\n\r\n\n", "ab\r\rc\r\n\r", "a\rb\n\r",
    "\u{FEFF}", "\u{FEFF}{\"a\":1}\r\n\n{\"b\":\"é\"}\nlast", "\u{FEFF}\n\u{FEFF}\n",
    "one\ntwo, which is longer\r\n\nthree\n", "\u{EF00}a\n",
  ]

  /// Hands out `bytes` in pieces of at most `size`.
  private func reader(
    _ bytes: [UInt8], limit: Int = 1_000, chunk: Int, size: Int
  ) -> StreamLineReader {
    var rest = bytes[...]
    return StreamLineReader(limit: limit, chunk: chunk) { buffer in
      let piece = rest.prefix(min(size, buffer.count))
      buffer.copyBytes(from: piece)
      rest = rest.dropFirst(piece.count)
      return piece.count
    }
  }

  @Test(arguments: texts)
  func `agrees with the line reader at every chunk size`(text: String) throws {
    let bytes = Array(text.utf8)
    let expected = seen(bytes)
    for chunk in 1...bytes.count + 2 {
      for size in 1...chunk {
        let reader = reader(bytes, chunk: chunk, size: size)
        var lines: [Seen] = []
        while case .line(let line)? = try reader.next() {
          #expect(line.isPadded)
          lines.append(Seen(line))
        }
        #expect(lines == expected, "chunk \(chunk), size \(size)")
      }
    }
  }

  @Test(arguments: texts, 0...6)
  func `passes over lines beyond its limit`(text: String, limit: Int) throws {
    let bytes = Array(text.utf8)
    let expected = seen(bytes).map { line in
      let length = line.text.utf8.count
      return length > limit ? "\(line.offset)+\(length)" : line.description
    }
    for chunk in 1...bytes.count + 2 {
      let reader = reader(bytes, limit: limit, chunk: chunk, size: chunk)
      var items: [String] = []
      while let item = try reader.next() {
        switch item {
        case .line(let line): items.append(Seen(line).description)
        case .oversized(let offset, let length): items.append("\(offset)+\(length)")
        }
      }
      #expect(items == expected, "chunk \(chunk)")
    }
  }

  @Test func `holds no line beyond its limit`() throws {
    var left = 64 << 20
    var largest = 0
    let reader = StreamLineReader(limit: 1_000, chunk: 256) { buffer in
      largest = max(largest, buffer.count)
      let count = min(left, buffer.count)
      buffer.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "a"))
      left -= count
      return count
    }
    let item = try reader.next()
    guard case .oversized(offset: 0, length: 64 << 20)? = item else {
      Issue.record("expected an oversized line")
      return
    }
    #expect(largest <= 2_048)
    #expect(try reader.next() == nil)
  }

  @Test func `goes on from an offset`() throws {
    var isRead = false
    let reader = StreamLineReader(from: 100) { buffer in
      defer { isRead = true }
      guard !isRead else { return 0 }
      buffer.copyBytes(from: "ab\n".utf8)
      return 3
    }
    guard case .line(let line)? = try reader.next() else {
      Issue.record("expected a line")
      return
    }
    #expect(Seen(line) == Seen(100, "ab", end: 103))
  }

  @Test func `reads files and says why it cannot`() throws {
    let file = try FileHandle(forReadingFrom: URL(filePath: #filePath))
    let reader = StreamLineReader(fileDescriptor: file.fileDescriptor, chunk: 100)
    var lines: [Seen] = []
    while case .line(let line)? = try reader.next() { lines.append(Seen(line)) }
    #expect(lines == seen(Array(try Data(contentsOf: URL(filePath: #filePath)))))
    #expect(throws: ReadError.self) { try StreamLineReader(fileDescriptor: -1).next() }
  }
}

@Suite struct `A line and the parser` {
  @Test func `make values of a file`() throws {
    let file = Array("\u{FEFF}{\"n\":1}\r\n{\"n\":2}\n\n{\"n\":".utf8)
    let parser = TapeParser()
    var found: [String] = []
    file.withUnsafeBytes { region in
      for line in LineReader(region) {
        do throws(JSONError) {
          let value = try parser.parse(line.bytes, isPadded: line.isPadded)
          found.append("\(value["n"]?.int64 ?? 0)")
        } catch {
          found.append("\(error.code) at \(line.offset + error.offset)")
        }
      }
    }
    #expect(found == ["1", "2", "empty at 20", "truncated at 26"])
  }
}
