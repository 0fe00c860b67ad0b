// The sampling options that generate and chat share.
#pragma once

#include <CLI/CLI.hpp>

#include "infer/generate.h"
#include "usage.h"

namespace lab::cli {

inline void add_sampling_options(CLI::App& command, GenerateOptions& options) {
  SamplerOptions& s = options.sampler;
  command.add_option("--max-tokens", options.max_tokens, "Most new tokens")->capture_default_str()->check(in_range(1, 1 << 20));
  command.add_option("--temperature", s.temperature, "0 always takes the likeliest token")->capture_default_str()->check(in_range(0.0, 100.0));
  command.add_option("--top-k", s.top_k, "Choose among the k likeliest; 0 among all")->capture_default_str()->check(in_range(0, 1 << 20));
  command.add_option("--top-p", s.top_p, "Choose among the likeliest with this much probability together")->capture_default_str()->check(in_range(0.0, 1.0));
  command.add_option("--min-p", s.min_p, "Drop tokens less likely than this share of the likeliest")->capture_default_str()->check(in_range(0.0, 1.0));
  command.add_option("--repetition-penalty", s.repetition_penalty, "Above 1 makes tokens of the last 64 less likely")->capture_default_str()->check(in_range(0.1, 10.0));
  command.add_option("--seed", s.seed, "Seed of the choice")->capture_default_str()->check(in_range(0, 0x1p64));
  command.add_option("--stop", options.stop, "A text that ends the answer; may be given several times");
}

}  // namespace lab::cli
