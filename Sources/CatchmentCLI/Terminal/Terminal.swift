#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What is at the other end of a stream.
enum Terminal {
  enum Stream: Int32 {
    case output = 1
    case error = 2

    var isTerminal: Bool { isatty(rawValue) == 1 }
  }

  /// How many columns it shows; 80 when nobody says.
  static var width: Int {
    var size = winsize()
    for stream in [Stream.output, .error]
    where ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return 80
  }
}

/// Restrained colour: on only when a person looks and has not declined.
struct Style {
  let isOn: Bool

  init(_ stream: Terminal.Stream, isAllowed: Bool, environment: [String: String]) {
    let declined = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    isOn = isAllowed && !declined && environment["TERM"] != "dumb" && stream.isTerminal
  }

  func bold(_ text: String) -> String { paint(text, "1") }
  func dim(_ text: String) -> String { paint(text, "2") }
  func red(_ text: String) -> String { paint(text, "31") }
  func green(_ text: String) -> String { paint(text, "32") }
  func yellow(_ text: String) -> String { paint(text, "33") }
  /// What was looked for.
  func hit(_ text: String) -> String { paint(text, "1;33") }
  func cyan(_ text: String) -> String { paint(text, "36") }

  private func paint(_ text: String, _ code: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
