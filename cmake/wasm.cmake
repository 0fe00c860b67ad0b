# What a build for WebAssembly has otherwise than a native one: no threads, no files, the vector and
# JSON headers of the machine that builds (which are all that may be seen of /usr/include).
add_library(Threads::Threads INTERFACE IMPORTED)
set(LAB_TESTS OFF)
option(LAB_WASM_THREADS "Shared memory and atomics, for several workers" OFF)
if(LAB_WASM_THREADS)
  add_compile_options(-matomics)
  # The C library is made for one thread, so that its errno is a plain variable: its header would say otherwise.
  file(WRITE ${CMAKE_BINARY_DIR}/headers/__errno.h "#pragma once\nextern \"C\" int errno;\n#define errno errno\n")
endif()
foreach(header hwy nlohmann)
  find_path(${header}_INCLUDE ${header} PATHS /usr/include REQUIRED NO_DEFAULT_PATH)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/headers)
  file(CREATE_LINK ${${header}_INCLUDE}/${header} ${CMAKE_BINARY_DIR}/headers/${header} SYMBOLIC)
endforeach()
include_directories(SYSTEM ${CMAKE_BINARY_DIR}/headers)

# Files of the engine that need an operating system; wasm/platform/ has the same functions over memory.
set(LAB_LEFT_OUT
  base/mapped_file.cc base/paths.cc base/thread_pool.cc file/disk.cc file/locked_file.cc
  plan/machine_memory.cc train/frozen_file.cc train/run.cc)
