# lab_library(folder DEPENDS earlier folders...): one static library for engine/<folder>.
#
# A library sees only the headers of the folders it depends on: each folder is published through an
# include directory of its own that holds nothing but a link to it, so an include that goes up the
# list of HACKING.md is "file not found", not a matter of review.
#
# Every *.cc of the folder and its subfolders belongs to the library, except *_test.cc (one test
# program a folder, <folder>_test) and *_bench.cc (one Google Benchmark program a folder,
# <folder>_bench, with LAB_BENCH). A folder without such sources is headers only.
function(lab_library folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  set(source_dir ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
  set(view ${CMAKE_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${source_dir} ${view}/${folder} SYMBOLIC)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${source_dir}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(benches ${sources})
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  foreach(left_out ${LAB_LEFT_OUT})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${left_out})
  endforeach()

  if(sources)
    set(visibility PUBLIC)
    add_library(${folder} STATIC ${sources})
  else()
    set(visibility INTERFACE)
    add_library(${folder} INTERFACE)
  endif()
  target_include_directories(${folder} ${visibility} ${view})
  target_link_libraries(${folder} ${visibility} ${ARG_DEPENDS} Threads::Threads)

  if(LAB_TESTS AND tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE ${folder} GTest::gtest_main)
    target_compile_definitions(${folder}_test PRIVATE
      LAB_ORACLE_DIR="${LAB_ORACLE_DIR}" LAB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME unit/${folder} COMMAND ${folder}_test)
    set_tests_properties(unit/${folder} PROPERTIES LABELS unit)
  endif()

  if(LAB_BENCH AND benches)
    add_executable(${folder}_bench ${benches})
    target_link_libraries(${folder}_bench PRIVATE ${folder} benchmark::benchmark_main)
  endif()
endfunction()
