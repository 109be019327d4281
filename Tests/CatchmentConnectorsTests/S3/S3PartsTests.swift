import Catchment
import Testing

@testable import CatchmentConnectors

@Suite struct `A pattern of keys` {
  @Test(arguments: [
    ("a/*.csv", "a/b.csv", true), ("a/*.csv", "a/b/c.csv", false), ("a/**.csv", "a/b/c.csv", true),
    ("**/x", "a/b/x", true), ("a?c", "abc", true), ("a?c", "a/c", false), ("[a-c]x", "bx", true),
    ("[!a-c]x", "bx", false), ("[!a-c]x", "dx", true), ("[]]x", "]x", true), ("a[b", "a[b", true),
    ("*", "", true), ("a*b*c", "aXbYc", true), ("a*b*c", "aXbY", false), ("é*", "éa", true),
  ])
  func `fits what it stands for`(pattern: String, key: String, fits: Bool) {
    #expect(KeyPattern(pattern).fits(key) == fits)
  }

  @Test func `takes no time however many stars it has`() {
    let pattern = KeyPattern(String(repeating: "*a", count: 60) + "b")
    #expect(!pattern.fits(String(repeating: "a", count: 1_000)))
  }

  @Test func `says what every key begins with`() {
    #expect(KeyPattern("a/b*/c").prefix == "a/b")
    #expect(KeyPattern("a/b").isPlain && !KeyPattern("a/b?").isPlain)
  }
}

@Suite struct `An answer in XML` {
  @Test func `is read with its entities, without its declarations`() throws {
    let text = """
      <?xml version="1.0"?><!-- x --><List xmlns="http://s3/"><Key>a&amp;b &#233;&quot;</Key>
      <Empty/><Contents><Size>3</Size></Contents></List>
      """
    let list = try #require(MarkupElement(text.utf8))
    #expect(list.name == "List" && list["Key"] == "a&b é\"" && list["Empty"] == "")
    #expect(list.children.first { $0.name == "Contents" }?["Size"] == "3")
  }

  @Test(arguments: ["", "<a>", "<a></b>", "plain", "</a>", String(repeating: "<a>", count: 10_000)])
  func `is nothing when it is none`(text: String) { #expect(MarkupElement(text.utf8) == nil) }
}

@Suite struct `Where an object is` {
  private func account(_ settings: S3Settings) throws -> S3Account {
    try S3Account(settings) { _ in nil }
  }

  @Test func `is in the host's name at AWS and in the path elsewhere`() throws {
    let own = try account(S3Settings(region: "eu-west-1"))
    #expect(
      try own.address("data", "a b/ü+%.csv").text
        == "https://data.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC%2B%25.csv")
    #expect(
      try own.address("a.b", "k").text == "https://s3.eu-west-1.amazonaws.com/a.b/k")
    let other = try account(S3Settings(endpoint: "http://127.0.0.1:9000"))
    #expect(
      try other.address("data", "k", query: [("prefix", "a/b")]).text
        == "http://127.0.0.1:9000/data/k?prefix=a%2Fb")
  }

  @Test func `is said by the environment where the pipeline does not`() throws {
    let values = [
      "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "r",
      "AWS_ENDPOINT_URL": "http://host:1",
    ]
    let account = try S3Account(S3Settings()) { values[$0] }
    #expect(account.keys == S3Keys(accessKey: "id", secretKey: "secret"))
    #expect(account.region == "r" && account.endpoint?.authority == "host:1")
    let own = try S3Account(S3Settings(accessKey: "mine", secretKey: "own")) { values[$0] }
    #expect(own.keys?.accessKey == "mine")
  }

  @Test func `is read from settings, with keys that are never shown`() throws {
    let setting = Setting.map([
      "endpoint": "http://h".setting, "access_key": "a".setting, "secret_key": "b".setting,
    ])
    let settings = try S3Settings(setting)
    #expect(settings.setting == setting)
    #expect(settings.setting.entries?.last?.setting.isSecret == true)
    #expect(throws: OptionError.self) { try S3Settings(.map(["access_key": "a".setting])) }
    #expect(throws: OptionError.self) { try S3Settings(.map(["acces_key": "a".setting])) }
  }
}
