internal import Catchment
