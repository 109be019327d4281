import Catchment
import Foundation

/// A source of conversations, for people: where `catchment import` looks for it.
struct PlatformPage {
  let name: String
  private let places: [String]

  init(_ source: any Source) {
    name = source.name
    places = source.defaultRoots(home: "~", environment: [:])
  }

  func printLine() {
    let summary =
      switch places.count {
      case 0: "what you name"
      case 1: places[0]
      default: "\(places[0]) and \(places.count - 1) more"
      }
    Output.line("  \(name.padding(toLength: 16, withPad: " ", startingAt: 0)) \(summary)")
  }

  func print() {
    Output.line("\(name): conversations, which `catchment import` reads")
    let stated = places.isEmpty ? "" : "these places, or from "
    Output.line("  from \(stated)the files and folders that you name")
    for place in places { Output.line("    \(place)") }
    Output.line("  explained in Documentation/sources/\(name.replacing("_", with: "-")).md")
  }
}
