// Who may talk to the server: checks of the Host and Origin headers.
//
// A page of a stranger can point its own name at 127.0.0.1 (DNS rebinding) and then read what a local
// server answers. The browser still sends that name as Host, so only names that cannot be rebound
// are answered: localhost, and addresses written as numbers.
#pragma once

#include <string>
#include <string_view>

namespace lab::server {

/// The name of "name", "name:port" or "[v6]:port", brackets included; empty if it is none of these.
std::string_view host_name(std::string_view authority);

/// localhost, *.localhost, 127.0.0.0/8 or [::1].
bool is_loopback(std::string_view name);

/// Is this Host header one of ours? `bound` is what --host said. A server on a loopback address
/// answers to loopback names only; another one also to addresses and to the name that it was given.
bool host_allowed(std::string_view host_header, std::string_view bound);

/// May a page of this Origin use the API? Yes without an Origin (no page, or the same origin), for
/// the same origin as `host_header`, and for pages of this machine.
bool origin_allowed(std::string_view origin, std::string_view host_header);

}  // namespace lab::server
