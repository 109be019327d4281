#if os(Linux)
  #if canImport(Glibc)
    internal import Glibc
  #else
    internal import Musl
  #endif

  /// The kernel's notices of what changes in directories: inotify(7), as Swift values.
  ///
  /// A notice that is not read waits in the kernel; when too many wait, it says so and forgets them.
  final class DirectoryNotices {
    /// What happened in a directory that is watched, or to it.
    struct Notice {
      /// The number that `watch` gave.
      var directory: Int32
      /// Of the file or directory in it; empty when the directory itself is meant.
      var name: String
      private let mask: UInt32

      fileprivate init(directory: Int32, name: String, mask: UInt32) {
        self.directory = directory
        self.name = name
        self.mask = mask
      }

      /// The kernel forgot notices: anything may have changed.
      var isOverflow: Bool { has(IN_Q_OVERFLOW) }
      /// Nothing more comes of this directory.
      var isEnd: Bool { has(IN_IGNORED) }
      /// The directory itself went, or has another name now.
      var isAboutItself: Bool { has(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) }
      var isDirectory: Bool { mask & UInt32(bitPattern: IN_ISDIR) != 0 }
      /// Something has this name that had not.
      var isArrival: Bool { has(IN_CREATE | IN_MOVED_TO) }
      /// Nothing has this name any more.
      var isDeparture: Bool { has(IN_DELETE | IN_MOVED_FROM) }

      /// Its owner, its permissions or its times are others now.
      var isAttribute: Bool { has(IN_ATTRIB) }

      private func has(_ kinds: Int32) -> Bool { mask & UInt32(bitPattern: kinds) != 0 }
    }

    /// What came of asking for a directory's notices.
    enum Answer {
      case watched(Int32)
      /// It is not there, or may not be looked into.
      case absent
      /// The user may watch no more.
      case exhausted
    }

    /// Becomes readable when notices wait.
    let descriptor: Int32
    private let limit: Int32

    /// Nil when the user may have no more queues of notices.
    ///
    /// - Parameter limit: how many directories may ever be watched, if fewer than the system allows.
    init?(limit: Int32 = .max) {
      self.limit = limit
      descriptor = inotify_init1(O_CLOEXEC | O_NONBLOCK)
      if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// What is asked about.
    enum Concern {
      /// A directory and everything in it.
      case directory
      /// One file.
      case file
      /// Whether a directory goes or gets another name, and nothing that happens in it.
      case itself
    }

    /// Asks for notices; twice is the same as once, and the larger concern holds.
    func watch(_ path: String, _ concern: Concern = .directory) -> Answer {
      var kinds = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO
      kinds |= IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_EXCL_UNLINK
      switch concern {
      case .directory: kinds |= IN_ONLYDIR
      case .file: break
      case .itself: kinds = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD
      }
      let number = inotify_add_watch(descriptor, path, UInt32(bitPattern: kinds))
      // Numbers are given from 1 on and not given again.
      if number >= 0 { return number <= limit ? .watched(number) : .exhausted }
      return errno == ENOSPC || errno == ENOMEM ? .exhausted : .absent
    }

    func forget(_ directory: Int32) { inotify_rm_watch(descriptor, directory) }

    /// All notices that wait.
    func take() -> [Notice] {
      var notices: [Notice] = []
      withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { space in
        while true {
          let count = read(descriptor, space.baseAddress, space.count)
          guard count > 0 else { return }
          notices += Self.notices(in: UnsafeRawBufferPointer(rebasing: space[..<count]))
        }
      }
      return notices
    }

    private static func notices(in bytes: UnsafeRawBufferPointer) -> [Notice] {
      var notices: [Notice] = []
      var rest = bytes
      while rest.count >= MemoryLayout<inotify_event>.size {
        let event = rest.loadUnaligned(as: inotify_event.self)
        let end = MemoryLayout<inotify_event>.size + Int(event.len)
        let name = rest[MemoryLayout<inotify_event>.size..<end].prefix { $0 != 0 }
        notices.append(
          Notice(
            directory: event.wd, name: String(decoding: name, as: UTF8.self), mask: event.mask))
        rest = UnsafeRawBufferPointer(rebasing: rest[end...])
      }
      return notices
    }
  }
#else
  /// Where the system's notices are not used: everything is looked at now and then instead.
  final class DirectoryNotices {
    struct Notice {
      var directory: Int32
      var name: String
      var isOverflow: Bool { true }
      var isEnd: Bool { true }
      var isAboutItself: Bool { true }
      var isDirectory: Bool { true }
      var isArrival: Bool { true }
      var isDeparture: Bool { true }
      var isAttribute: Bool { true }
    }

    enum Answer {
      case watched(Int32)
      case absent, exhausted
    }

    let descriptor: Int32 = -1

    init?(limit: Int32 = .max) { return nil }

    enum Concern { case directory, file, itself }

    func watch(_ path: String, _ concern: Concern = .directory) -> Answer { .absent }
    func forget(_ directory: Int32) {}
    func take() -> [Notice] { [] }
  }
#endif
