import Testing

@testable import CatchmentConversations

@Suite struct `A search in bytes` {
  /// Wherever it lies among decoys that have its first, last or inner letters, and however long the
  /// rest is.
  @Test(arguments: ["\"", "\"a\"", "ab", "\"type\"", "\"requestId\"", "aaaa"] as [StaticString])
  func `finds the first place of a text`(text: StaticString) {
    let decoys = Array("\"tyype\" \"rt\" axab".utf8)
    let rest = Array("\"a\"a\"typ\"a\"a\"a\"a".utf8)
    let wanted = Array("\(text)".utf8)
    for before in 0...decoys.count {
      #expect(Array(decoys[..<before]).place(of: text) == decoys[..<before].firstRange(of: wanted))
      for after in 0...rest.count {
        let whole = decoys[..<before] + wanted + rest[..<after]
        #expect(Array(whole).place(of: text) == whole.firstRange(of: wanted))
      }
    }
  }
}

extension [UInt8] {
  fileprivate func place(of text: StaticString) -> Range<Int>? {
    withUnsafeBytes { $0.firstRange(of: text) }
  }
}
