internal import Catchment
internal import CatchmentArchives

/// A workbook's file: an archive of parts that refer to one another (ECMA-376, part 2).
struct WorkbookPackage: Sendable {
  let path: String
  /// As users know it.
  let name: String

  /// How a file begins that is no archive: one of an old Excel, or a new one that is encrypted.
  private static let compound: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

  /// Throws `failed` for what is no workbook at all.
  func check() throws(CatchmentError) {
    let file = try InputFile(path)
    let head = try InputFile.piece(of: file.read, size: Self.compound.count) ?? []
    guard head != Self.compound else {
      throw CatchmentError(.failed, "it is encrypted, or an old .xls")
    }
    guard head.starts(with: [0x50, 0x4B]) else {
      throw CatchmentError(.failed, "it is no ZIP archive, or is cut short")
    }
  }

  /// Has a part read; false when there is none of the name.
  func read(_ part: String, telling visitor: any XMLVisitor) throws(CatchmentError) -> Bool {
    guard let stream = try stream(of: part, telling: visitor) else { return false }
    try stream.readAll()
    return true
  }

  /// A part at its beginning; nil when there is none of the name.
  func stream(
    of part: String, telling visitor: any XMLVisitor
  ) throws(CatchmentError) -> XMLStream? {
    guard let reader = try translated({ () throws(CatchmentError) in try member(part) }) else {
      return nil
    }
    return try XMLStream(part, telling: visitor) { buffer throws(CatchmentError) in
      try translated { () throws(CatchmentError) in try reader.read(into: buffer) }
    }
  }

  private func member(_ part: String) throws(CatchmentError) -> ArchiveReader? {
    let reader = try ArchiveReader(path, named: name)
    while let member = try reader.next() {
      // Names of parts do not differ by case alone; some programs write backslashes.
      let found = member.path.replacing("\\", with: "/")
      if found.lowercased() == part.lowercased() { return reader }
    }
    return nil
  }

  /// A file that cannot be unpacked is a fault of the workbook, not of the place that it lies in.
  private func translated<R>(
    _ body: () throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    do throws(CatchmentError) { return try body() } catch  where error.code == .validation {
      throw CatchmentError(
        .validation, error.message, hint: "if that is right, save the sheet as CSV and read that",
        cause: error.cause)
    } catch  where error.code == .sourceUnavailable {
      throw CatchmentError(.failed, error.message, cause: error.cause)
    }
  }

  /// What a part refers to; nothing, when it does not say.
  ///
  /// - Parameter part: empty for the package itself.
  func relations(of part: String) throws(CatchmentError) -> [PartRelation] {
    let (folder, file) = (Path.directory(ofPart: part), part.split(separator: "/").last ?? "")
    let visitor = RelationsVisitor(folder)
    let list = folder.isEmpty ? "_rels/\(file).rels" : "\(folder)/_rels/\(file).rels"
    guard try read(list, telling: visitor) else { return [] }
    return visitor.found
  }
}

/// That a part refers to another.
struct PartRelation {
  let id: String
  /// The last word of its kind: `worksheet`.
  ///
  /// What stands before differs between the two forms that the standard has.
  let kind: String
  /// The path of the part that is referred to.
  let target: String
}

private final class RelationsVisitor: XMLVisitor {
  private let folder: String
  private(set) var found: [PartRelation] = []

  init(_ folder: String) { self.folder = folder }

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    guard name("Relationship"), attributes.string("TargetMode") != "External",
      let id = attributes.string("Id"), let target = attributes.string("Target"),
      let kind = attributes.string("Type")?.split(separator: "/").last
    else { return }
    found.append(
      PartRelation(
        id: id, kind: String(kind), target: Path.part(target, from: folder)))
  }

  func end(_ name: XMLName) {}
  func text(_ bytes: UnsafeRawBufferPointer) {}
}

extension Path {
  fileprivate static func directory(ofPart part: String) -> String {
    part.split(separator: "/").dropLast().joined(separator: "/")
  }

  /// The path of a part that another in a folder refers to: absolute, or from that folder.
  fileprivate static func part(_ target: String, from folder: String) -> String {
    let isAbsolute = target.hasPrefix("/")
    var steps: [Substring] = isAbsolute ? [] : folder.split(separator: "/")
    for step in target.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return steps.joined(separator: "/")
  }
}
