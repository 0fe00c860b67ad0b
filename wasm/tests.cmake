# The kernels' tests in WebAssembly, with GoogleTest from its sources: kernels_test, whose vectors are those of the
# modules, and kernels_test.relaxed. `node wasm/run_test.mjs FILE` runs one.
set(LAB_GTEST_DIR /usr/src/googletest/googletest CACHE PATH "Sources of GoogleTest (Debian: googletest)")
add_library(wasm_gtest STATIC EXCLUDE_FROM_ALL ${LAB_GTEST_DIR}/src/gtest-all.cc ${LAB_GTEST_DIR}/src/gtest_main.cc)
target_include_directories(wasm_gtest SYSTEM PUBLIC ${LAB_GTEST_DIR}/include PRIVATE ${LAB_GTEST_DIR})
target_compile_definitions(wasm_gtest PUBLIC GTEST_HAS_PTHREAD=0 GTEST_HAS_STREAM_REDIRECTION=0 GTEST_HAS_DEATH_TEST=0
  GTEST_HAS_EXCEPTIONS=0 GTEST_HAS_POSIX_RE=0 GTEST_HAS_FILE_SYSTEM=0 GTEST_OS_WASI=1 _WASI_EMULATED_SIGNAL _WASI_EMULATED_PROCESS_CLOCKS)
target_compile_options(wasm_gtest PRIVATE -w)

file(GLOB_RECURSE kernel_tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/kernels/*_test.cc)
foreach(flavour "" _relaxed)
  string(REPLACE _ . dotted "${flavour}")
  add_executable(kernels_test${dotted} EXCLUDE_FROM_ALL ${kernel_tests} no_threads/one_thread.cc)
  target_link_libraries(kernels_test${dotted} PRIVATE kernels${flavour} tensor base wasm_gtest)
  target_link_options(kernels_test${dotted} PRIVATE -Wl,-z,stack-size=1048576)
  set_target_properties(kernels_test${dotted} PROPERTIES SUFFIX .wasm)
endforeach()
