// Ctrl-C and SIGTERM as questions that the work asks between its steps.
#pragma once

namespace lab::cli {

/// Whether a signal also ends a read() from the keyboard that waits.
enum class Reading { kGoesOn, kWakes };

/// From now on Ctrl-C and SIGTERM are counted; a second one before forget_interrupts() ends the process
/// with status 130.
void catch_interrupts(Reading reading = Reading::kGoesOn);

/// How many have come.
int interrupts();
/// Whether SIGTERM was among them.
bool terminated();
void forget_interrupts();

}  // namespace lab::cli
