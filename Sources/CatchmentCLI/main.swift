import CatchmentCatalogue
import CatchmentEngine
let a = CommandLine.arguments
let home = Home(a[2])
switch a[1] {
case "rollback": print(try Rollback(home: home, source: Catalogue.sources[0]).run(a[3], cascade: a.count > 4))
case "rebuild": print(try await Rebuild(home: home, source: Catalogue.sources[0]).run())
default: print(try await Importer(home: home, source: Catalogue.sources[0]).run(Array(a.dropFirst(2))))
}
