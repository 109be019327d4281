import Foundation
import Testing

@Suite struct `A page about a file` {
  private let work = FileManager.default.temporaryDirectory.appending(path: "profile-\(UUID())")

  private func page(_ text: String, name: String = "data.csv") throws -> String {
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    let file = work.appending(path: name)
    try text.write(to: file, atomically: true, encoding: .utf8)
    let page = "\(work.path)/page.html"
    let outcome = try Program.run(["profile", file.path, "-o", page])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try String(contentsOfFile: page, encoding: .utf8)
  }

  @Test func `shows histograms, frequent values and what goes together`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let rows = (0..<200).map { "\($0),\($0 * 2),\(["Bern", "Basel"][$0 % 2])" }
    let page = try page("id,double,city\n" + rows.joined(separator: "\n") + "\n")
    #expect(page.components(separatedBy: "<rect").count > 40)
    #expect(page.contains("Basel") && page.contains("Correlations") && page.contains("200 rows"))
  }

  @Test func `runs nothing, loads nothing, and shows what is in the data as text`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let page = try page(
      "\"<script>alert(1)</script>\",b\n\"<img src=https://example.org/x>\",1\n\"'\"\"&\",2\n",
      name: "<b> & 'c'.csv")
    for forbidden in ["<script", "<img", "<link", "<iframe", "@import", "url(", "<b>"] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(page.contains("default-src 'none'"))
  }

  @Test func `is JSON for scripts`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try page("a,b\n1,x\n2,y\n2,y\n")
    let outcome = try Program.run(["profile", "\(work.path)/data.csv", "--json"])
    #expect(outcome.object["duplicate_rows"] as? Int == 1)
    #expect((outcome.object["columns"] as? [Any])?.count == 2)
  }
}
