import Foundation

/// A file system of limited size that nobody else sees and that goes with the process that made it.
struct SmallDisk {
  let bytes: Int

  static let isPossible: Bool = {
    let outcome = try? run("mount -t tmpfs none /tmp", [])
    return outcome?.status == 0
  }()

  /// Imports on it once or twice, which fails as often when it is too small, and copies the home
  /// away; the outcome is the last import's.
  func importing(_ paths: String, thenCopyingTo home: String) throws -> Program.Outcome {
    let disk = "\(home)-disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let script = #"""
      mount -t tmpfs -o size="$1" none "$2" || exit 99
      [ "$6" = 1 ] || "$3" import --json --memory 128MiB --home "$2/home" "$4" > /dev/null 2>&1
      "$3" import --json --memory 128MiB --home "$2/home" "$4"
      code=$?
      cp -a "$2/home" "$5" || exit 98
      exit $code
      """#
    return try Self.run(
      script, ["\(bytes)", disk, Program.binary, paths, home, "\(Int.random(in: 1...2))"])
  }

  /// Runs a command on a disk that is nearly full: an import had all the room it wanted, and so many
  /// bytes are left; copies the home away.
  static func running(
    _ command: [String], withRoom room: Int, importing paths: String, thenCopyingTo home: String
  ) throws -> Program.Outcome {
    let disk = "\(home)-disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let script = #"""
      room=$1 disk=$2 binary=$3 paths=$4 copy=$5
      shift 5
      mount -t tmpfs -o size=1g none "$disk" || exit 99
      "$binary" import --quiet --home "$disk/home" "$paths" > /dev/null 2>&1
      case $? in 0 | 3) ;; *) exit 97 ;; esac
      used=$(df --output=used -B1 "$disk" | tail -n 1)
      mount -o remount,size=$((used + room)) "$disk" || exit 96
      "$binary" "$@" --memory 128MiB --home "$disk/home"
      code=$?
      cp -a "$disk/home" "$copy" || exit 98
      exit $code
      """#
    return try run(script, ["\(room)", disk, Program.binary, paths, home] + command)
  }

  /// Runs a command whose last argument is a place on a disk of so many bytes; the output ends with the
  /// names that are there afterwards.
  static func running(
    _ command: [String], _ name: String, on disk: String, bytes: Int
  ) throws -> Program.Outcome {
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let script = #"""
      room=$1 disk=$2 name=$3 binary=$4
      shift 4
      mount -t tmpfs -o size="$room" none "$disk" || exit 99
      "$binary" "$@" "$disk/$name"
      code=$?
      cd "$disk" && echo "left: $(find . -mindepth 1 | cut -c 3- | sort | paste -s -d ' ')"
      exit $code
      """#
    return try run(script, ["\(bytes)", disk, name, Program.binary] + command)
  }

  /// Runs a shell script where what it mounts is its own.
  private static func run(_ script: String, _ arguments: [String]) throws -> Program.Outcome {
    let flags = getuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"]
    return try Program.run(
      flags + ["/bin/sh", "-c", script, "sh"] + arguments, of: "/usr/bin/unshare",
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
  }
}
