import Catchment
import Testing

@Suite struct `An error` {
  @Test func `reads like a compiler's message`() {
    let error = CatchmentError(
      .validation, "the line is not JSON: expected ':' after the key",
      at: .init(file: "session.jsonl", line: 14_203, column: 57), hint: "mend the line",
      cause: "it was cut")
    #expect(
      error.description == """
        session.jsonl:14203:57: the line is not JSON: expected ':' after the key
          because: it was cut
          try: mend the line
        """)
  }

  @Test func `says no more than it knows`() {
    #expect(CatchmentError(.failed, "it failed").description == "it failed")
    #expect(
      CatchmentError(.failed, "it failed", at: .init(file: "a", byte: 7)).description
        == "a (byte 7): it failed")
    #expect(
      CatchmentError(.failed, "it failed", at: .init(file: "a", line: 2)).description
        == "a:2: it failed")
  }

  @Test(arguments: [
    (CatchmentError.Code.failed, "failed", 1), (.refused, "refused", 1), (.usage, "usage", 2),
    (.validation, "validation", 4), (.configuration, "configuration", 5),
    (.sourceUnavailable, "source_unavailable", 6),
    (.destinationUnavailable, "destination_unavailable", 7), (.locked, "locked", 8),
    (.damaged, "damaged", 9), (.interrupted, "interrupted", 130),
  ])
  func `has a name and an exit code`(code: CatchmentError.Code, name: String, exitCode: Int32) {
    #expect(code.description == name)
    #expect(code.exitCode == exitCode)
  }

  @Test(arguments: [
    (CatchmentError.Code.failed, ErrorClass?.some(.bug)), (.damaged, .bug),
    (.refused, .configuration),
    (.usage, .configuration), (.configuration, .configuration), (.validation, .data),
    (.sourceUnavailable, .transient), (.destinationUnavailable, .transient),
    (.locked, .transient), (.interrupted, nil),
  ])
  func `has the class of its code`(code: CatchmentError.Code, named: ErrorClass?) {
    #expect(CatchmentError(code, "no").errorClass == named)
  }

  @Test func `has another class when more is known of it`() {
    var error = CatchmentError(.failed, "no file can be opened now")
    error.isTransient = true
    #expect(error.errorClass == .transient)
    error.isQuota = true
    #expect(error.errorClass == .quota)
  }
}
