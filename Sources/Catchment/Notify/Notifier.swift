/// Something that is told of runs: a web server, a chat, a mailbox, a program.
///
/// One is cheap to make and holds no connection. A failure that may pass (`isTransient`) has it called
/// again with the same event; when its task is cancelled it should end soon.
///
/// ```swift
/// struct Siren: Notifier {
///   var place: String { "the siren" }
///   func send(_ event: RunEvent) async throws(CatchmentError) { … }
/// }
/// ```
public protocol Notifier: Sendable {
  /// What people are told it is, without anything that is secret: `slack at hooks.slack.com`.
  var place: String { get }
  /// Tells it of an event.
  func send(_ event: RunEvent) async throws(CatchmentError)
}

/// Who is told of a run, and of what.
public struct Receiver: Sendable {
  public var notifier: any Notifier
  /// The kinds of events that it is told of.
  public var kinds: [RunEvent.Kind]

  public init(_ notifier: some Notifier, on kinds: [RunEvent.Kind] = RunEvent.Kind.standard) {
    self.notifier = notifier
    self.kinds = kinds
  }
}

/// An event that a receiver could not be told of.
public struct Undelivered: Sendable {
  public var event: RunEvent
  /// The receiver's, without anything that is secret.
  public var place: String
  public var error: CatchmentError

  public init(_ event: RunEvent, to place: String, _ error: CatchmentError) {
    self.event = event
    self.place = place
    self.error = error
  }
}
