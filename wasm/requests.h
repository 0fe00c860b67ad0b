// answer(): a request of JavaScript to the engine, in JSON, and its answer.
#pragma once

#include <string>
#include <string_view>

namespace lab::wasm {

/// `request` is an object whose "do" names what to do; see requests.def. Objects of the
/// engine (models, generations, runs) are numbers in it. The answer is an object; a refused request's has
/// "error" with code, message and, where known, file, offset, line, field and remedy.
std::string answer(std::string_view request);

}  // namespace lab::wasm
