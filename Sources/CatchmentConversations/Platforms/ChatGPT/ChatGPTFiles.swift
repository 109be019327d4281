internal import Catchment
internal import JSONTape

/// Finds the files that a conversation of a ChatGPT export points at.
final class ChatGPTFiles: CompanionFinder {
  private let parser: TapeParser

  init(largestRecord: Int) { parser = TapeParser(limits: .init(maximumBytes: largestRecord)) }

  func pointers(in record: UnsafeRawBufferPointer) -> CompanionPointers? {
    guard !CompanionRecord.isOne(record),
      record.contains("file-") || record.contains("file_")
    else { return nil }
    do throws(JSONError) {
      let conversation = try parser.parse(record, isPadded: true)
      guard let owner = ChatGPTReader.conversation(of: conversation) else { return nil }
      var found = Found()
      found.visit(conversation)
      return found.names.isEmpty ? nil : CompanionPointers(owner: owner, names: found.names)
    } catch {
      // The reader makes a dead letter of it.
      return nil
    }
  }

  /// The folders of an unpacked export: `user-XXXX`, `dalle-generations`, and those of conversations
  /// with `audio` in them, which bear UUIDs.
  func mayHoldFiles(folder name: String) -> Bool {
    ["audio", "files", "assets", "dalle-generations"].contains(name) || name.hasPrefix("user-")
      || name.utf8.count == 36 && name.utf8.count { $0 == UInt8(ascii: "-") } == 4
  }

  func record(of file: CompanionFile, for owner: String) -> String {
    CompanionRecord.text(file, of: owner)
  }

  func keptFile(in record: UnsafeRawBufferPointer) -> String? {
    guard CompanionRecord.isOne(record) else { return nil }
    do throws(JSONError) {
      let told = CompanionRecord(try parser.parse(record, isPadded: false))
      guard case .kept(let file) = told?.file else { return nil }
      return file.sha256
    } catch {
      // The reader makes a dead letter of it.
      return nil
    }
  }

  private struct Found {
    var names: [String] = []
    private var known: Set<String> = []

    mutating func visit(_ value: JSONValue) {
      for element in value.kind == .array ? Array(value.elements) : [] { visit(element) }
      guard value.kind == .object else { return }
      for (key, member) in value.members {
        if let text = member.text {
          if AssetPointer.isKey(key) { add(text) }
        } else {
          if key == "attachments" { addAttachments(member) }
          visit(member)
        }
      }
    }

    private mutating func addAttachments(_ list: JSONValue) {
      guard list.kind == .array else { return }
      for attachment in list.elements {
        if attachment.kind == .object, let id = attachment["id"]?.text { add(id) }
      }
    }

    private mutating func add(_ pointer: JSONText) {
      guard let name = AssetPointer.name(pointer), known.insert(name).inserted else { return }
      names.append(name)
    }
  }
}
