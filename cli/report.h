// What every command does with its outcome: exit status, error sentence, JSON object.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.h"
#include "file/json.h"

namespace lab::cli {

enum ExitStatus { kDone = 0, kFailed = 1, kUsage = 2, kInterruptedStatus = 130 };

/// Where a command's callback leaves the program's exit status.
struct Exit { int status = kDone; };

/// Prints an error for people on stderr, or with `json` as {"error": {...}} on stdout.
int report(const Error& error, bool json);

/// Runs `body`, which returns Result<Json>: with `json` the object is printed on stdout, else the
/// body has already said what there is to say. Out of memory is an error like others.
template <class Body>
void finish(Exit& exit, bool json, const Body& body);

void print_json(const Json& object);

/// Shows the text on stdout at once; false if nobody reads it any more.
bool print_now(std::string_view text);

/// Bytes, seconds and rates for people: "98.4 MB", "2 min 05 s".
std::string human_bytes(double bytes);
std::string human_time(double seconds);
std::string fixed(double value, int digits);

/// The largest resident set of this process so far, in bytes.
std::uint64_t peak_resident_bytes();

template <class Body>
void finish(Exit& exit, bool json, const Body& body) {
  try {
    Result<Json> result = body();
    if (!result) exit.status = report(result.error(), json);
    else if (json) print_json(*result);
  } catch (const std::bad_alloc&) {
    exit.status = report(Error{Code::kOutOfMemory, "there is not enough memory for this"}, json);
  }
}

}  // namespace lab::cli
