internal import Catchment

/// The texts that cells refer to by number, since many have the same.
final class SharedStrings: Sendable {
  private let texts: SealedBytes
  /// One past the last byte of each text.
  private let ends: SealedBytes
  let count: Int

  /// - Parameters:
  ///   - part: where they are; nil for none.
  ///   - scratch: a directory for what is too large for memory.
  init(_ part: String?, of package: WorkbookPackage, scratch: String) throws(CatchmentError) {
    let visitor = StringsVisitor(scratch)
    if let part { _ = try package.read(part, telling: visitor) }
    (texts, ends) = (try visitor.texts.sealed(), try visitor.ends.sealed())
    count = ends.bytes.count / MemoryLayout<Int>.stride
  }

  /// Valid while this is; nil when there is none of the number.
  @inline(__always)
  func text(_ number: Int) -> UnsafeRawBufferPointer? {
    guard number >= 0, number < count else { return nil }
    let first = number == 0 ? 0 : end(number - 1)
    return UnsafeRawBufferPointer(rebasing: texts.bytes[first..<end(number)])
  }

  private func end(_ number: Int) -> Int {
    ends.bytes.loadUnaligned(fromByteOffset: number * MemoryLayout<Int>.stride, as: Int.self)
  }
}

/// The runs of a rich text are joined; how it is spoken is left out.
private final class StringsVisitor: XMLVisitor {
  var texts: ScratchBytes
  var ends: ScratchBytes
  private var text = CellText()
  private var isInText = false
  private var isSpoken = false

  init(_ scratch: String) {
    texts = ScratchBytes(in: scratch)
    ends = ScratchBytes(in: scratch)
  }

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    if name("si") { text.removeAll() }
    if name("rPh") { isSpoken = true }
    if name("t") { isInText = !isSpoken }
  }

  func end(_ name: XMLName) throws(CatchmentError) {
    if name("t") { isInText = false }
    if name("rPh") { isSpoken = false }
    guard name("si") else { return }
    text.unescape(from: 0)
    try text.withBytes { bytes throws(CatchmentError) in try texts.append(bytes) }
    try withUnsafeBytes(of: texts.count) { end throws(CatchmentError) in try ends.append(end) }
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    if isInText { try text.append(bytes) }
  }
}
