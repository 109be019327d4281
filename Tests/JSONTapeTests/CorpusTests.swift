import Foundation
import Testing

@testable import JSONTape

@Suite(.enabled(if: Samples.has("json_test_suite"), "no samples: set CATCHMENT_SAMPLES"))
struct `The JSON test suite` {
  static let files = Samples.files(in: "json_test_suite", extension: "json")

  @Test func `is here in full`() {
    #expect(Self.files.count > 300)
  }

  @Test(arguments: files.map(\.lastPathComponent))
  func `is judged as it says`(name: String) throws {
    let file = try #require(Self.files.first { $0.lastPathComponent == name })
    let bytes = Array(try Data(contentsOf: file))
    let error = fault(of: bytes)
    if name.hasPrefix("y_") { #expect(error == nil) }
    if name.hasPrefix("n_") { #expect(error != nil) }
    if let error { #expect((0...bytes.count).contains(error.offset)) }
  }
}

@Suite(.enabled(if: Samples.has("claude_code"), "no samples: set CATCHMENT_SAMPLES"))
struct `A damaged line` {
  @Test func `is judged as Foundation judges it`() throws {
    var random = SplitMix(state: 2_026)
    var refused = 0
    let lines = Samples.lines.filter { $0.count < 3_000 }
    for round in 0..<10_000 {
      var line = lines[Int(random.next() % UInt64(lines.count))]
      mutate(&line, &random)
      let error = fault(of: line)
      refused += error == nil ? 0 : 1
      #expect((0...line.count).contains(error?.offset ?? 0))
      #expect(carefulFault(of: line) == error)
      let isSame = (error == nil) == isAcceptedByFoundation(line)
      if isSame || isKnownDifference(line, error) { continue }
      Issue.record(
        "round \(round): \(String(describing: error)) in \(String(decoding: line, as: UTF8.self))")
    }
    #expect(refused > 1_000)
  }

  /// Foundation refuses halves of surrogate pairs, and numbers beyond a double's range; it lets
  /// pass a comma before a closing bracket, and a byte order mark.
  private func isKnownDifference(_ line: [UInt8], _ error: JSONError?) -> Bool {
    guard let error else {
      let text = String(decoding: line, as: UTF8.self)
      return text.contains(/\\u[dD][89a-fA-F]/) || text.contains(/[0-9][eE][-+]?[0-9]{3}/)
    }
    return error.message == "expected a value after ','"
      || error.message == "expected a key in double quotes after ','"
      || error.message == "expected a value, not a byte order mark"
  }

  private func carefulFault(of line: [UInt8]) -> JSONError? {
    var buffers = TapeBuffers()
    return line.withUnsafeBufferPointer { bytes -> JSONError? in
      guard let start = bytes.baseAddress else { return nil }
      do throws(JSONError) {
        _ = try buffers.read(start, bytes.count, 1_024)
        return nil
      } catch {
        return error
      }
    }
  }

  private func mutate(_ line: inout [UInt8], _ random: inout SplitMix) {
    let place = Int(random.next() % UInt64(line.count))
    let length = min(Int(random.next() % 8) + 1, line.count - place)
    switch random.next() % 4 {
    case 0: line[place] ^= 1 << UInt8(random.next() % 8)
    case 1: line.removeSubrange(place..<place + length)
    case 2:
      let marks = Array("{}[]:,\"\\0123eE+-. \ttfn".utf8)
      line.insert(marks[Int(random.next() % UInt64(marks.count))], at: place)
    default: line.insert(contentsOf: Array(line[place..<place + length]), at: place)
    }
  }

  private func isAcceptedByFoundation(_ line: [UInt8]) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed)) != nil
  }
}
