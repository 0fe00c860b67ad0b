# cpp-httplib (Debian: libcpp-httplib-dev) for server/http_server.cc, the only file that sees it. The
# definitions are those that Debian's library was built with: they are part of its binary interface.
find_path(HTTPLIB_INCLUDE httplib.h REQUIRED)
find_library(HTTPLIB_LIBRARY cpp-httplib REQUIRED)
set_source_files_properties(server/http_server.cc PROPERTIES COMPILE_DEFINITIONS
  "CPPHTTPLIB_OPENSSL_SUPPORT;CPPHTTPLIB_ZLIB_SUPPORT;CPPHTTPLIB_BROTLI_SUPPORT")
target_include_directories(server SYSTEM PRIVATE ${HTTPLIB_INCLUDE})
target_link_libraries(server PRIVATE ${HTTPLIB_LIBRARY})
