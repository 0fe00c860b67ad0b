# The tests: natively with the installed GoogleTest, in WebAssembly with one built from its sources and
# run by Node's WASI.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL wasm32)
  set(MICROLORA_GTEST_DIR /usr/src/googletest/googletest CACHE PATH "Sources of GoogleTest (Debian: googletest)")
  add_library(gtest STATIC ${MICROLORA_GTEST_DIR}/src/gtest-all.cc ${MICROLORA_GTEST_DIR}/src/gtest_main.cc)
  target_include_directories(gtest SYSTEM PUBLIC ${MICROLORA_GTEST_DIR}/include PRIVATE ${MICROLORA_GTEST_DIR})
  target_compile_definitions(gtest PUBLIC GTEST_HAS_PTHREAD=0 GTEST_HAS_STREAM_REDIRECTION=0 GTEST_HAS_DEATH_TEST=0
    GTEST_HAS_EXCEPTIONS=0 GTEST_HAS_RTTI=0 GTEST_HAS_POSIX_RE=0 GTEST_HAS_FILE_SYSTEM=0 GTEST_OS_WASI=1
    _WASI_EMULATED_SIGNAL _WASI_EMULATED_PROCESS_CLOCKS)
  target_compile_options(gtest PRIVATE -w)
  add_executable(microlora_test ${tests})
  target_link_libraries(microlora_test PRIVATE microlora gtest)
  find_program(NODE node REQUIRED)
  add_test(NAME microlora_wasm COMMAND ${NODE} --no-warnings ${CMAKE_CURRENT_SOURCE_DIR}/wasm/run_test.mjs
    $<TARGET_FILE:microlora_test>)
else()
  find_package(GTest REQUIRED)
  add_executable(microlora_test ${tests})
  target_link_libraries(microlora_test PRIVATE microlora GTest::gtest_main)
  add_test(NAME micro COMMAND microlora_test)
  set_tests_properties(micro PROPERTIES LABELS micro)
endif()
