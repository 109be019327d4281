/// Which members or elements of a value some keyword has judged good, by their place.
struct Evaluated {
  var isAll = false
  var places: Set<Int> = []

  func contains(_ place: Int) -> Bool { isAll || places.contains(place) }

  mutating func add(_ other: Evaluated) {
    isAll = isAll || other.isAll
    places.formUnion(other.places)
  }
}
