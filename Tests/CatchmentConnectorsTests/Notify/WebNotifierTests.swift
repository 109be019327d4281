import Catchment
import CatchmentTesting
import Foundation
import NIOHTTP1
import Testing

@testable import CatchmentConnectors

@Suite struct `A web server that is told of runs` {
  private func event(named name: String = "people") -> RunEvent {
    var event = RunEvent(.failure, of: name, began: 0, at: 1_500_000, on: "here")
    event.error = CatchmentError(.sourceUnavailable, "it is gone", hint: "look")
    return event
  }

  /// What the server was sent, as JSON.
  private func object(_ request: FileServer.Request?) throws -> [String: Any] {
    let body = try #require(request?.body)
    return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
  }

  @Test(arguments: ["people", "a\r\nX-Evil: 1", "\"}\u{0}", "ü 🙂"])
  func `gets the event as JSON, with the headers asked for`(name: String) async throws {
    let server = try await FileServer { _ in .init(status: 204) }
    let headers: NamedValues<SecretText> = .init(["Authorization": SecretText("Bearer t")])
    try await WebhookNotifier(server.url("/hook?x=1"), headers: headers).send(event(named: name))
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1 && request.method == "POST" && request.path == "/hook?x=1")
    #expect(request.headers["content-type"] == ["application/json"])
    #expect(request.headers["authorization"] == ["Bearer t"])
    #expect(!request.headers.contains(name: "x-evil"))
    let object = try object(request)
    #expect(object["pipeline"] as? String == name && object["event"] as? String == "failure")
    try await server.close()
  }

  @Test func `may be a chat, which is told in words that call nobody`() async throws {
    let server = try await FileServer { _ in .init(body: Array("ok".utf8)) }
    try await SlackNotifier(server.url("/services/T/B")).send(event(named: "<!channel> & co"))
    let text = try #require(try object(server.requests.first)["text"] as? String)
    #expect(
      text == """
        *&lt;!channel&gt; &amp; co: failed*
        it is gone
        try: look
        1970-01-01T00:00:01.500Z, on here
        """)
    try await server.close()
  }

  @Test(arguments: [(503, true), (429, true), (404, false), (302, false), (401, false)])
  func `is asked again only when that may help`(status: Int, mayPass: Bool) async throws {
    let server = try await FileServer { request in
      .init(
        status: status, headers: [("Location", "http://127.0.0.1:1/")],
        body: Array("no \(request.path)".utf8))
    }
    let notifier = WebhookNotifier(server.url("/a-secret-path"))
    let error = await #expect(throws: CatchmentError.self) { try await notifier.send(event()) }
    #expect(error?.isTransient == mayPass && error?.message.contains("\(status)") == true)
    #expect(error?.description.contains("a-secret-path") == false)
    #expect(notifier.place == "the webhook at 127.0.0.1:\(server.port)")
    try await server.close()
  }

  @Test func `that is not there is named by its host alone`() async throws {
    let (socket, port) = try Loopback.listen()
    close(socket)
    let error = await #expect(throws: CatchmentError.self) {
      try await SlackNotifier("http://127.0.0.1:\(port)/services/a-secret-path").send(event())
    }
    #expect(error?.isTransient == true)
    #expect(error?.message == "the connection to 127.0.0.1:\(port) failed")
    #expect(error?.description.contains("a-secret-path") == false)
  }

  @Test(arguments: [
    "", "hooks.slack.com/a-secret", "ftp://a/a-secret", "https://me:a-secret@host/",
  ])
  func `needs a URL, which is not repeated`(url: String) throws {
    let error = #expect(throws: OptionError.self) { try SlackNotifier(url).check() }
    #expect(error?.message.contains("a-secret") == false)
  }

  @Test func `is given no header that holds another`() throws {
    let headers: NamedValues<SecretText> = .init(["X": SecretText("a\r\nY: b")])
    #expect(throws: OptionError.self) {
      try WebhookNotifier("https://host/", headers: headers).check()
    }
  }
}
