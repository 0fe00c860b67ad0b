// The files of a WebAssembly module: names and their bytes in its memory.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mapped_file.h"

namespace lab::wasm {

/// All files by name; folders are what stands before a '/' in a name.
std::map<std::string, std::shared_ptr<const ByteSource>, std::less<>>& memory_files();

/// Takes over `size` bytes at `bytes`, which malloc() gave, as the contents of the file `path`.
void put_file(const std::string& path, void* bytes, std::size_t size);

/// Forgets every file whose name begins with `folder` and a '/'; bytes that are still in use stay.
void forget_folder(const std::string& folder);

}  // namespace lab::wasm
