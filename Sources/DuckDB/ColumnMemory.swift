import CDuckDB

/// One column of a chunk that is being filled: its addresses, and how far it is filled.
///
/// Rows are set in rising order. What is jumped over is NULL, so a column that is always set
/// never touches its validity mask.
@usableFromInline
struct ColumnMemory {
  let type: LogicalType
  let storage: Storage
  /// What whole numbers may be stored as; `.unknown` where a bare number would be misread.
  let numbers: Storage
  /// Told once: types are compared by all they hold, which is too slow for every value.
  let isUUID: Bool
  let isTimestamp: Bool
  let isDecimal: Bool
  private(set) var data: UnsafeMutableRawPointer
  private(set) var validity: UnsafeMutablePointer<UInt64>?
  private(set) var vector: OpaquePointer?
  /// The first row that has not been set.
  private(set) var next = 0
  /// The elements of a list or array, the parts of a structure.
  let children: UnsafeMutableBufferPointer<ColumnMemory>
  private var reserved = 0

  init(_ type: LogicalType) {
    self.type = type
    storage = Storage(type)
    numbers = type.storesBareNumbers ? storage : .unknown
    isUUID = type == .uuid
    isTimestamp = type == .timestamp || type == .timestampTZ
    isDecimal = if case .decimal = type { true } else { false }
    // Replaced by `attach` before anything is stored.
    data = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
    let parts = type.parts
    children = .allocate(capacity: parts.count)
    for (index, part) in parts.enumerated() {
      children.initializeElement(at: index, to: ColumnMemory(part))
    }
  }

  func destroy() {
    for child in children { child.destroy() }
    children.deinitialize()
    children.deallocate()
  }

  /// Points at a vector that holds no rows yet.
  mutating func attach(_ vector: OpaquePointer?) {
    start()
    locate(vector)
  }

  private mutating func start() {
    next = 0
    reserved = 0
    for child in children.indices { children[child].start() }
  }

  /// Reads the addresses again, after DuckDB may have moved the memory.
  private mutating func locate(_ vector: OpaquePointer?) {
    self.vector = vector
    guard vector != nil else { return }
    if let address = duckdb_vector_get_data(vector) { data = address }
    validity = duckdb_vector_get_validity(vector)
    for index in children.indices { children[index].locate(part(index, of: vector)) }
  }

  private func part(_ index: Int, of vector: OpaquePointer?) -> OpaquePointer? {
    switch storage {
    case .list: duckdb_list_vector_get_child(vector)
    case .array: duckdb_array_vector_get_child(vector)
    default: duckdb_struct_vector_get_child(vector, idx_t(index))
    }
  }

  // MARK: Rows

  /// Makes `row` the one to be written: those jumped over become NULL, it becomes valid.
  @inline(__always)
  mutating func open(_ row: Int) {
    if next != row { catchUp(row) }
    next = row &+ 1
  }

  private mutating func catchUp(_ row: Int) {
    if next < row { setNulls(next..<row) } else { validity?[row >> 6] |= 1 << UInt64(row & 63) }
  }

  /// Makes the row NULL, whatever was written.
  mutating func setNull(_ row: Int) {
    open(row)
    setNulls(row..<row + 1)
  }

  /// Takes the first `count` rows for set: who says so sets each of them.
  mutating func claim(_ count: Int) { next = count }

  /// Forgets that the row was set.
  mutating func discard(_ row: Int) {
    if next > row { next = row }
  }

  private mutating func setNulls(_ rows: Range<Int>) {
    let validity = makeValidity()
    for row in rows { validity?[row >> 6] &= ~(1 << UInt64(row & 63)) }
    if storage == .list { for row in rows { storeEntry(start: 0, count: 0, at: row) } }
  }

  /// The mask of the rows that are not NULL, which vectors have not before the first NULL.
  mutating func makeValidity() -> UnsafeMutablePointer<UInt64>? {
    if validity == nil {
      duckdb_vector_ensure_validity_writable(vector)
      validity = duckdb_vector_get_validity(vector)
    }
    return validity
  }

  /// Ends the vector at `count` rows.
  mutating func seal(_ count: Int) {
    guard vector != nil else { return }
    if next < count { setNulls(next..<count) }
    next = count
    for index in children.indices { children[index].seal(elementCount(count)) }
    if storage == .list { _ = duckdb_list_vector_set_size(vector, idx_t(children[0].next)) }
  }

  private func elementCount(_ count: Int) -> Int {
    switch type {
    case .list, .map: children[0].next
    case .array(_, let size): count * size
    default: count
    }
  }

  // MARK: Values

  @inline(__always)
  func store<T: BitwiseCopyable>(_ value: T, at row: Int) {
    data.storeBytes(of: value, toByteOffset: row &* MemoryLayout<T>.stride, as: T.self)
  }

  /// Text of up to 12 bytes lies in its slot, padded with zeros; DuckDB keeps a copy of longer.
  @inline(__always)
  func store(bytes: UnsafeRawBufferPointer, at row: Int) {
    guard bytes.count <= 12, let start = bytes.baseAddress else {
      storeLong(bytes, at: row)
      return
    }
    let slot = data + row &* 16
    slot.storeBytes(of: UInt64(bytes.count), as: UInt64.self)
    slot.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
    (slot + 4).copyMemory(from: start, byteCount: bytes.count)
  }

  func storeLong(_ bytes: UnsafeRawBufferPointer, at row: Int) {
    let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress
    let count = idx_t(bytes.count)
    duckdb_unsafe_vector_assign_string_element_len(vector, idx_t(row), start ?? emptyText, count)
  }

  func storeEntry(start: Int, count: Int, at row: Int) {
    data.storeBytes(of: UInt64(start), toByteOffset: row &* 16, as: UInt64.self)
    data.storeBytes(of: UInt64(count), toByteOffset: row &* 16 &+ 8, as: UInt64.self)
  }

  /// Makes room for a row's elements and says where they go.
  mutating func openList(_ row: Int, count: Int) -> Range<Int> {
    let start = children[0].next
    if start + count > reserved {
      reserved = max(2 * reserved, start + count, 2048)
      _ = duckdb_list_vector_reserve(vector, idx_t(reserved))
      locate(vector)
    }
    storeEntry(start: start, count: count, at: row)
    return start..<start + count
  }
}

/// What an empty text points at, because DuckDB wants an address even so.
///
/// Shared by all threads: nothing is ever read from it or written to it.
nonisolated(unsafe) private let emptyText = UnsafePointer<CChar>(
  UnsafeMutablePointer<CChar>.allocate(capacity: 1))

extension LogicalType {
  /// The types within this one, in the order of their vectors.
  fileprivate var parts: [LogicalType] {
    switch self {
    case .list(let element), .array(let element, _): [element]
    case .structure(let fields): fields.map(\.type)
    case .map(let key, let value): [.structure([Field("key", key), Field("value", value)])]
    default: []
    }
  }

  /// Not so for a decimal, whose number is scaled, or an enumeration, whose number is a place.
  fileprivate var storesBareNumbers: Bool {
    switch self {
    case .decimal, .enumeration, .timeTZ: false
    default: true
    }
  }

  var isText: Bool { self == .varchar || self == .json }
}
