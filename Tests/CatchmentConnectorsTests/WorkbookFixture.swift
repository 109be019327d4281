import CatchmentTesting
import Foundation
import Testing

/// A workbook of one sheet, in as few parts as there can be (ECMA-376).
struct WorkbookFixture {
  /// A cell; a date is a number with a style.
  enum Cell {
    case text(String), number(Double), date(Int), none
  }

  var sheet = "People"
  /// What `sheetData` holds.
  var data: String
  /// What each `si` of the shared strings holds.
  var strings: [String] = []
  /// The format of each style: 14 is a date, 21 a time, 22 both.
  var styles = [0, 14, 21, 22]
  /// Formats of the workbook's own, by their numbers.
  var formats: KeyValuePairs<Int, String> = [:]
  var isFrom1904 = false
  /// Other bytes in the place of a part; nil for none.
  var replaced: [String: [UInt8]?] = [:]
  /// The namespaces of the standard's stricter form.
  var isStrict = false
  /// A mark of the namespace before the names of the sheet's elements, such as `x:`.
  var mark = ""

  init(data: String) { self.data = data }
  init(rows: [[Cell]]) { data = Self.data(rows) }

  static let sheetPart = "xl/worksheets/sheet1.xml"
  private static let head = #"<?xml version="1.0" encoding="UTF-8"?>"#
  private static let package = "http://schemas.openxmlformats.org/package/2006"

  private var main: String {
    isStrict
      ? "http://purl.oclc.org/ooxml/spreadsheetml/main"
      : "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
  }
  private var office: String {
    isStrict
      ? "http://purl.oclc.org/ooxml/officeDocument/relationships"
      : "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  }

  var bytes: [UInt8] {
    let files = parts.map { (name: $0.name, bytes: Array($0.text.utf8)) }
    return StoredZIP(
      files: files.compactMap { name, bytes in
        (replaced[name] ?? bytes).map { (name: name, bytes: $0) }
      }
    ).bytes
  }

  /// The same with a part that is packed by bzip2, and what its archive says of it.
  func bytes(
    packing part: String, as packed: String, size: UInt32, checksum: UInt32 = 0
  ) throws -> [UInt8] {
    let packed = try #require(Data(base64Encoded: packed))
    var copy = self
    copy.replaced[part] = Array(packed)
    var bytes = copy.bytes
    let name = Data(part.utf8)
    let header = try #require(Data(bytes).range(of: packed)).lowerBound - name.count - 30
    let entry = try #require(Data(bytes).range(of: name, options: .backwards)).lowerBound - 46
    for method in [header + 8, entry + 10] {
      bytes[method] = 12
      for (place, number) in [(method + 6, checksum), (method + 14, size)] {
        bytes.replaceSubrange(
          place..<place + 4, with: withUnsafeBytes(of: number.littleEndian, Array.init))
      }
    }
    return bytes
  }

  private var parts: [(name: String, text: String)] {
    [
      ("_rels/.rels", relations(["officeDocument": "xl/workbook.xml"])),
      ("xl/workbook.xml", workbook),
      (
        "xl/_rels/workbook.xml.rels",
        relations([
          "worksheet": "/xl/worksheets/sheet1.xml", "styles": "./styles.xml",
          "sharedStrings": "../xl/sharedStrings.xml",
        ])
      ),
      ("xl/styles.xml", styleSheet),
      (Self.sheetPart, sheetText),
      (
        "xl/sharedStrings.xml",
        #"\#(Self.head)<sst xmlns="\#(main)">\#(strings.map { "<si>\($0)</si>" }.joined())</sst>"#
      ),
    ]
  }

  var sheetText: String {
    let colon = mark.isEmpty ? "" : ":\(mark.dropLast())"
    return
      #"\#(Self.head)<\#(mark)worksheet xmlns\#(colon)="\#(main)"><\#(mark)sheetData>\#(data)</\#(mark)sheetData></\#(mark)worksheet>"#
  }

  private var workbook: String {
    #"\#(Self.head)<workbook xmlns="\#(main)" xmlns:r="\#(office)"><workbookPr date1904="\#(isFrom1904)"/><sheets><sheet name="\#(sheet)" sheetId="1" r:id="worksheet"/></sheets></workbook>"#
  }

  private var styleSheet: String {
    let codes = formats.map { #"<numFmt numFmtId="\#($0.key)" formatCode="\#($0.value)"/>"# }
    let list = styles.map { #"<xf numFmtId="\#($0)"/>"# }
    return
      #"\#(Self.head)<styleSheet xmlns="\#(main)"><numFmts>\#(codes.joined())</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>\#(list.joined())</cellXfs></styleSheet>"#
  }

  private func relations(_ targets: KeyValuePairs<String, String>) -> String {
    let lines = targets.map { name, target in
      #"<Relationship Id="\#(name)" Type="\#(office)/\#(name)" Target="\#(target)"/>"#
    }
    return
      #"\#(Self.head)<Relationships xmlns="\#(Self.package)/relationships">\#(lines.joined())</Relationships>"#
  }

  private static func data(_ rows: [[Cell]]) -> String {
    rows.enumerated().map { row, cells in
      let texts = cells.enumerated().map { column, cell in
        let place = "\(Array("ABCDEFG")[column])\(row + 1)"
        return switch cell {
        case .text(let text):
          #"<c r="\#(place)" t="inlineStr"><is><t>\#(text)</t></is></c>"#
        case .number(let number): #"<c r="\#(place)"><v>\#(number)</v></c>"#
        case .date(let days): #"<c r="\#(place)" s="1"><v>\#(days)</v></c>"#
        case .none: ""
        }
      }
      return #"<row r="\#(row + 1)">\#(texts.joined())</row>"#
    }.joined()
  }
}
