// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "catchment",
  products: [
    .library(
      name: "Catchment",
      targets: [
        "Catchment", "CatchmentEngine", "CatchmentConversations", "CatchmentConnectors",
        "CatchmentTransforms", "CatchmentCatalogue", "CatchmentArchives",
      ]),
    .library(name: "CatchmentTesting", targets: ["CatchmentTesting"]),
    .executable(name: "catchment", targets: ["CatchmentCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.36.0"),
  ],
  targets: [
    .systemLibrary(name: "CDuckDB", pkgConfig: "duckdb"),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "CSimdJSON",
      linkerSettings: [.linkedLibrary("simdjson")]),

    .target(name: "DuckDB", dependencies: ["CDuckDB"]),
    .target(name: "JSONTape", dependencies: ["CSimdJSON"]),
    .target(name: "JSONSchema", dependencies: ["JSONTape"]),
    .target(
      name: "Catchment",
      dependencies: [
        "DuckDB", "JSONTape", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "CatchmentArchives", dependencies: ["Catchment", "CArchive", "CZlib"]),
    .target(
      name: "CatchmentEngine",
      dependencies: [
        "Catchment", "DuckDB", "JSONTape", "CArchive", "CLinux", "CZstd",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(
      name: "CatchmentConversations",
      dependencies: [
        "Catchment", "DuckDB", "JSONSchema", "JSONTape",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      resources: [
        .embedInCode("Resources/prices.csv"),
        // A link to the one that is published.
        .embedInCode("Resources/unified-conversation.schema.json"),
      ]),
    .target(
      name: "CatchmentSearch",
      dependencies: [
        "Catchment", "DuckDB", "JSONTape",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(
      name: "CatchmentTransforms",
      dependencies: ["Catchment", "DuckDB", .product(name: "Crypto", package: "swift-crypto")]),
    .target(
      name: "CatchmentConnectors",
      dependencies: [
        "Catchment", "CatchmentArchives", "DuckDB", "JSONTape", "CExpat", "CPostgres",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(
      name: "CatchmentCatalogue",
      dependencies: [
        "Catchment", "CatchmentConversations", "CatchmentConnectors", "CatchmentTransforms",
      ]),
    .executableTarget(
      name: "CatchmentCLI",
      dependencies: [
        "CatchmentCatalogue", "CatchmentConnectors", "CatchmentEngine", "CatchmentConversations",
        "CatchmentSearch", "CatchmentTransforms", "CatchmentArchives", "Catchment", "DuckDB",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "CatchmentTesting",
      dependencies: ["Catchment", "CatchmentConversations", "CatchmentEngine", "DuckDB"]),

    .testTarget(name: "DuckDBTests", dependencies: ["DuckDB"]),
    .testTarget(name: "JSONTapeTests", dependencies: ["JSONTape"]),
    .testTarget(name: "JSONSchemaTests", dependencies: ["JSONSchema", "JSONTape"]),
    .testTarget(name: "CatchmentTests", dependencies: ["Catchment"]),
    .testTarget(
      name: "CatchmentArchivesTests",
      dependencies: ["CatchmentArchives", "Catchment", "CatchmentTesting", "CArchive"]),
    .testTarget(
      name: "CatchmentEngineTests",
      dependencies: [
        "CatchmentEngine", "CatchmentTesting", "CatchmentConversations", "CatchmentCatalogue",
        "JSONSchema", "JSONTape",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "CatchmentConversationsTests",
      dependencies: [
        "CatchmentConversations", "CatchmentEngine", "CatchmentTesting", "CatchmentCatalogue",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(name: "CatchmentSearchTests", dependencies: ["CatchmentSearch", "Catchment"]),
    .testTarget(
      name: "CatchmentTransformsTests", dependencies: ["CatchmentTransforms", "CatchmentTesting"]),
    .testTarget(
      name: "CatchmentConnectorsTests",
      dependencies: [
        "CatchmentConnectors", "CatchmentTransforms", "CatchmentEngine", "CatchmentTesting",
        "CPostgres",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["CatchmentConversations", "Catchment", "DuckDB", "JSONSchema", "JSONTape"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && target.name != "CSimdJSON" {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
  ]
}
