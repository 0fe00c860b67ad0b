// Runs a fuzz target once on every file of the folders named, without libFuzzer, and on nothing.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int count, char** arguments) {
  namespace fs = std::filesystem;
  int files = 0;
  run({});
  for (int i = 1; i < count; ++i) {
    if (!fs::is_directory(arguments[i])) continue;  // no finding so far
    for (const auto& entry : fs::directory_iterator(arguments[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::printf("%s\n", entry.path().filename().c_str());
      std::fflush(stdout);  // so that the last line names the file that fails
      run({std::istreambuf_iterator<char>(file), {}});
      ++files;
    }
  }
  std::printf("%d files\n", files);
}
