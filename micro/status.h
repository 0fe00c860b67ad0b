// Why something was refused. The numbers are part of the WebAssembly interface.
#pragma once

namespace microlora {

enum class Status : int {
  kOk = 0,
  kNotFinite = 1,  ///< an input holds NaN or infinity, or is so large that the result would be
  kRange = 2,      ///< a dimension, rank or setting outside its range
  kMemory = 3,     ///< the memory is not to be had
  kFormat = 4,     ///< not JSON, or not the bytes of an adapter
  kVersion = 5,    ///< written by a version that this one does not know
  kShape = 6,      ///< lengths, ranks and dimensions contradict each other
  kChecksum = 7,   ///< the bytes were changed or cut
  kIo = 8,         ///< the file cannot be read or written
};

}  // namespace microlora
