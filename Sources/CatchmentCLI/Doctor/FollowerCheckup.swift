import Catchment
import CatchmentEngine

/// The check of the warehouse that follows the home.
struct FollowerCheckup {
  private let warehouse: WarehouseOption
  private let options: GlobalOptions

  init(_ warehouse: WarehouseOption, _ options: GlobalOptions) {
    self.warehouse = warehouse
    self.options = options
  }

  /// Nil when no warehouse follows the home.
  func run(_ reader: WarehouseReader) -> Check? {
    do throws(CatchmentError) {
      guard let follower = try warehouse.follower(options) else { return nil }
      let state = try FollowerState(of: follower, home: options.home, reader.connection)
      return check(state, follower.location)
    } catch {
      let cause = error.cause.map { ": \($0)" } ?? ""
      return Check("follower", .problem, error.message + cause, advice: error.hint)
    }
  }

  private func check(_ state: FollowerState, _ location: String) -> Check {
    let publish = "run `catchment import\(options.homeArgument)` with the same warehouse"
    return switch state {
    case .empty: Check("follower", .note, "\(location) is empty", advice: publish)
    case .current(let rows):
      Check("follower", .good, "\(location) has everything: \(Figures.of(rows, "row"))")
    case .behind(0):
      Check("follower", .note, "\(location) has the tables as they were before", advice: publish)
    case .behind(let runs):
      Check("follower", .note, "\(location) lacks \(Figures.of(runs, "run"))", advice: publish)
    case .stranger(let origin):
      Check(
        "follower", .problem, "\(location) holds another home's tables: \(origin)",
        advice: "name a place of its own for each home, or add adopt=yes to its URL")
    }
  }
}
