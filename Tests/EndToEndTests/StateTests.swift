import Foundation
import Testing

@Suite struct `A state database that is lost` {
  private func state(_ place: Workplace) throws -> [String: Any] {
    let checks = try place.run("doctor", "--json").objects
    return try #require(checks.first { $0["check"] as? String == "state" })
  }

  @Test func `is told of in a line beside the data, and made anew`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    #expect(try state(place)["verdict"] as? String == "ok")
    try FileManager.default.removeItem(atPath: "\(place.home)/state.sqlite")
    #expect(try state(place)["finding"] as? String == "there is no state database")
    let again = try place.importAll()
    #expect(again.status == 0)
    #expect(
      again.object["units"] as? [String: Int] == ["planned": 1, "skipped": 1, "committed": 0])
    #expect(
      again.errors == """
        note: the state database was not there; it was made anew from the warehouse: 1 run, 1 file

        """)
    #expect(try place.importAll().errors == "")
    #expect(try state(place)["verdict"] as? String == "ok")
  }

  @Test func `is told of by the doctor when it is damaged`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    try Data("this is no database, and has never been one".utf8)
      .write(to: URL(filePath: "\(place.home)/state.sqlite"))
    #expect(
      try state(place)["finding"] as? String == "damaged: file is not a database")
    let again = try place.importAll()
    #expect(again.status == 0)
    #expect(again.errors.hasPrefix("note: the state database was damaged (file is not a database)"))
    #expect(try state(place)["verdict"] as? String == "ok")
  }
}
