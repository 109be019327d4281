extension UnsafeRawBufferPointer {
  /// Where a text is first found.
  func firstRange(of text: StaticString) -> Range<Int>? {
    let length = text.utf8CodeUnitCount
    var start = startIndex
    while start + length <= endIndex,
      let found = self[start...].firstIndex(of: text.utf8Start.pointee)
    {
      let rest = UnsafeRawBufferPointer(rebasing: self[found...])
      if rest.starts(with: text) { return found..<found + length }
      start = found + 1
    }
    return nil
  }
}
