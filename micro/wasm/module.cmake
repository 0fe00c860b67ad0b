# microlora.wasm and microlora.relaxed.wasm: the modules of the npm package. No C library, no start-up
# code, no imports; small before fast, except for the two files in which the time is spent.
set(module_sources ${core} dispatch_portable.cc wasm/common.cc wasm/faces.cc wasm/memory_wasm.cc)
list(REMOVE_ITEM module_sources strict.cc)
set_source_files_properties(strict.cc PROPERTIES COMPILE_OPTIONS "-fno-unroll-loops;-fno-vectorize")
set_source_files_properties(number_text.cc PROPERTIES COMPILE_OPTIONS -Os)

add_library(module_common OBJECT ${module_sources})
target_include_directories(module_common PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/wasm)
target_compile_options(module_common PRIVATE -Oz -fno-threadsafe-statics -fno-slp-vectorize)

function(add_module name output)
  add_executable(${name} $<TARGET_OBJECTS:module_common> strict.cc ${ARGN})
  target_compile_options(${name} PRIVATE -fno-slp-vectorize)
  target_link_options(${name} PRIVATE -nostdlib -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all -Wl,-O2
    -Wl,-z,stack-size=65536 -Wl,--stack-first -Wl,--max-memory=2147418112)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${output} SUFFIX .wasm)
endfunction()

# Fused multiply-add where the machine has it, in the forward pass only: learning stays the same to the bit.
add_library(forward_relaxed OBJECT forward_portable.cc)
target_compile_options(forward_relaxed PRIVATE -mrelaxed-simd -ffp-contract=fast -fno-slp-vectorize)

add_module(module_baseline microlora forward_portable.cc)
add_module(module_relaxed microlora.relaxed $<TARGET_OBJECTS:forward_relaxed>)
