import Catchment
import CatchmentEngine
import DuckDB
import Foundation

/// All checks, from the ground up; what stands on something broken is not asked.
struct Checkup {
  private let options: GlobalOptions
  private let limits: HealthLimits
  private let warehouse: WarehouseOption
  private var home: Home { options.home }

  init(_ options: GlobalOptions, _ limits: HealthLimits, _ warehouse: WarehouseOption) {
    self.options = options
    self.limits = limits
    self.warehouse = warehouse
  }

  func run() -> [Check] {
    var checks = [library, folder]
    guard FileManager.default.fileExists(atPath: home.path) else { return checks }
    checks.append(space)
    guard FileManager.default.fileExists(atPath: home.warehouse) else {
      checks.append(
        Check(
          "warehouse", .note, "there is none yet",
          advice: "run `catchment import\(options.homeArgument)`"))
      return checks
    }
    do throws(CatchmentError) {
      let reader = try WarehouseReader(options)
      defer { reader.close() }
      checks.append(Check("warehouse", .good, "opens: \(home.warehouse)"))
      checks += TableCheckup(reader, options, limits).run()
      if let check = FollowerCheckup(warehouse, options).run(reader) { checks.append(check) }
    } catch {
      checks.append(Check("warehouse", .problem, error.message, advice: error.hint))
    }
    return checks
  }

  private var library: Check {
    Check("libduckdb", .good, Database.libraryVersion)
  }

  private var folder: Check {
    guard FileManager.default.fileExists(atPath: home.path) else {
      return Check(
        "home", .note, "\(home.path) is not there yet", advice: "run `catchment import`")
    }
    guard access(home.path, W_OK | X_OK) == 0 else {
      return Check(
        "home", .problem, "\(home.path) cannot be written to",
        advice: "check its owner and permissions, or name another --home")
    }
    var info = stat()
    if stat(home.path, &info) == 0, info.st_mode & 0o077 != 0 {
      return Check(
        "home", .note, "\(home.path) can be looked into by others on this machine",
        advice: "chmod 700 \(home.path.shellQuoted), unless they may")
    }
    return Check("home", .good, "\(home.path) is writable")
  }

  private var space: Check {
    let attributes: [FileAttributeKey: Any]
    do {
      attributes = try FileManager.default.attributesOfFileSystem(forPath: home.path)
    } catch {
      return Check("disk space", .note, "the free space cannot be told: \(error)")
    }
    guard let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value else {
      return Check("disk space", .note, "the system does not say how much is free")
    }
    let finding = "\(Figures.bytes(free)) are free"
    let measured = [JSON.Member("free_bytes", .integer(free))]
    if free < 100_000_000 {
      return Check("disk space", .problem, finding, advice: "free some space", measured: measured)
    }
    return Check(
      "disk space", free < 2_000_000_000 ? .note : .good, finding,
      advice: free < 2_000_000_000 ? "free some space before a large import" : nil,
      measured: measured)
  }
}
