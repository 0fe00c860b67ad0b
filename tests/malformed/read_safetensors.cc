// Reads the safetensors files whose paths come on standard input; answers each with a line:
// "accepted", or the error's code, a tab and its text. For bench/safetensors_agree.py.
#include <iostream>
#include <string>

#include "file/safetensors.h"

int main() {
  for (std::string path; std::getline(std::cin, path);) {
    auto source = lab::map_file(path);
    if (!source) return 1;
    const auto file = lab::Safetensors::read(*source);
    if (file) std::cout << "accepted\n";
    else std::cout << lab::code_name(file.error().code) << '\t' << file.error().message << '\n';
  }
}
