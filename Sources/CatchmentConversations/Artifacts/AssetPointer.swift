internal import JSONTape

/// Pointers to the files of a ChatGPT export: `file-service://file-XXXX`, `sediment://file_XXXX`, and
/// the bare ids of attachments.
enum AssetPointer {
  /// What the file's name begins with; nil for what points at no file of an export: those are called
  /// `file-…` and `file_…`, and no pointer leads to any other.
  ///
  /// What a pointer says of its use stands behind `?`; a page of a document is
  /// `sediment://HASH#file_XXXX#p_1.jpg`.
  static func name(_ pointer: JSONText) -> String? {
    var text = String(pointer)[...]
    if let scheme = text.firstRange(of: "://") { text = text[scheme.upperBound...] }
    return text.prefix { $0 != "?" }.split(separator: "#")
      .first { $0.count > 5 && ($0.hasPrefix("file-") || $0.hasPrefix("file_")) }
      .map(String.init)
  }

  /// Whether a member of an object is a pointer: `asset_pointer`, `audio_asset_pointer` and the like.
  static func isKey(_ key: JSONText) -> Bool {
    let suffix: StaticString = "asset_pointer"
    let start = key.count - suffix.utf8CodeUnitCount
    return start >= 0 && Slice(rebasing: key.bytes[start...]).starts(with: suffix)
  }
}
