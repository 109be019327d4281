/// The sources that a home's tables come from, told apart by their names.
public struct SourceSet: Sendable, ExpressibleByArrayLiteral {
  /// In the order in which they are asked.
  public let all: [any Source]
  /// Every source's tables, each once.
  public let tables: [TableSchema]
  /// Every source's views, each once.
  public var views: [View]

  /// Sources in the order in which they are asked; their names must differ.
  public init(_ sources: [any Source]) {
    all = sources
    var tables: [TableSchema] = []
    for table in sources.flatMap(\.tables) where !tables.contains(table) { tables.append(table) }
    self.tables = tables
    var views: [View] = []
    for view in sources.flatMap(\.views) where !views.contains(view) { views.append(view) }
    self.views = views
  }

  public init(arrayLiteral sources: any Source...) { self.init(sources) }

  /// In the order in which they are derived: copies last, when it is known what goes before them.
  public var ranked: [any Source] { all.filter { !$0.isCopy } + copies }

  /// Those whose records are copies of finished rows.
  public var copies: [any Source] { all.filter(\.isCopy) }

  /// The names users type, in the order in which the sources are asked.
  public var names: [String] { all.map(\.name) }

  /// The source that users call by this name.
  public subscript(_ name: String) -> (any Source)? { all.first { $0.name == name } }
}
