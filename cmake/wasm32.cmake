# Clang's WebAssembly target with Debian's wasi-libc and libc++, 128-bit vectors, no exceptions, no threads.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# The name of the target is the one under which Debian installs the libraries, hence -Wno-deprecated.
set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated -fno-exceptions -fno-threadsafe-statics -msimd128 -mbulk-memory -msign-ext -mnontrapping-fptoint")
